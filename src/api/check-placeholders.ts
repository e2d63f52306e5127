// SPDX-License-Identifier: Apache-2.0
// Finds what a template or a page of documentation left to be filled in, in any field of a credential spec.
import { type ContentsPath, fieldName, type Finding } from './content-findings.ts';
import { CONTENTS_SCHEMA, type FieldSchema } from './contents-schema.ts';
import { quoted } from './printable.ts';
import { items, property } from './untyped.ts';

/** A way to write a placeholder. */
interface PlaceholderForm {
  /** As people write it. */
  readonly shown: string;
  readonly pattern: RegExp;
  /** In `PluginInput`, which may end with a password. Undefined if it could be part of one. */
  readonly inPluginInput: RegExp | undefined;
}

/**
 * None of the patterns goes back in the text, so that the time grows with its length alone. A `$` at the end of an
 * account or in the middle of a word is not a placeholder: it belongs to the name.
 */
const FORMS: readonly PlaceholderForm[] = [
  { shown: '<…>', pattern: /<[^<>]*>/, inPluginInput: /<[A-Za-z][\w .-]{2,}>/ },
  { shown: '{{ … }}', pattern: /\{\{[^{}]*\}\}/, inPluginInput: /\{\{[^{}"]*\}\}/ },
  { shown: '${…}', pattern: /\$\{[^{}]*\}/, inPluginInput: /\$\{[A-Za-z_][\w.:-]*\}/ },
  { shown: '$(…)', pattern: /\$\([^()]*\)/, inPluginInput: /\$\([A-Za-z_][\w.:-]*\)/ },
  {
    shown: '$NAME',
    pattern: /(?<![\w$])\$[A-Za-z_]\w*/,
    // A whole part of capital letters alone. By default, Active Directory accepts no such password.
    inPluginInput: /(?<![^:;=/"])\$[A-Z]+(?:_[A-Z]+)*(?![^:;/"])/,
  },
  { shown: '%NAME%', pattern: /%[A-Za-z_]\w*%/, inPluginInput: undefined },
];

/** Every field of these contents that has a placeholder in it. */
export function checkPlaceholders(contents: unknown): readonly Finding[] {
  return textFields(contents, CONTENTS_SCHEMA, []).flatMap(({ path, value }): Finding[] => {
    const isInput = path.at(-1) === 'PluginInput';
    const problem = isInput
      ? problemWith(FORMS.find(({ inPluginInput }) => inPluginInput?.test(value)))
      : placeholderProblem(value);
    if (problem === undefined) return [];
    // What the plug-in is called with may be secret.
    const told = isInput ? '' : ` ${quoted(value)}`;
    return [{ check: 'placeholder', path, message: `${fieldName(path)}${told} ${problem}` }];
  });
}

/** What is wrong with a text that has a placeholder in it, continuing a sentence that begins with the text. */
export function placeholderProblem(text: string): string | undefined {
  return problemWith(FORMS.find(({ pattern }) => pattern.test(text)));
}

function problemWith(form: PlaceholderForm | undefined): string | undefined {
  return (
    form &&
    `has a placeholder of the form ${form.shown}. Write the value that belongs in its place.`
  );
}

interface TextField {
  readonly path: ContentsPath;
  readonly value: string;
}

/** The texts in the fields that the schema knows. It has few levels, however deep the contents are. */
function textFields(value: unknown, schema: FieldSchema, path: ContentsPath): readonly TextField[] {
  if (typeof value === 'string') return schema.type === 'string' ? [{ path, value }] : [];
  const { items: itemSchema, properties = {} } = schema;
  if (itemSchema !== undefined) {
    return items(value).flatMap((item, index) => textFields(item, itemSchema, [...path, index]));
  }
  return Object.entries(properties).flatMap(([name, field]) =>
    textFields(property(value, name), field, [...path, name]),
  );
}
