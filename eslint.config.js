// SPDX-License-Identifier: Apache-2.0
// The linter's rules, and the import directions of docs/architecture.md as rules that fail.
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which folders of `src` a folder may import, itself and packages aside.
 * @type {Record<string, readonly string[]>} */
const mayImport = {
  api: [],
  pki: [],
  kube: [],
  observability: [],
  flags: [],
  admission: ['api'],
  controller: ['api', 'pki', 'kube'],
  cli: ['api', 'flags', 'kube', 'pki', 'admission', 'controller'],
};
const folders = Object.keys(mayImport);

const importDirections = folders.flatMap((folder) =>
  [...folders.filter((other) => other !== folder && !mayImport[folder]?.includes(other))].map(
    (forbidden) => ({
      target: `./src/${folder}/**/*`,
      from: `./src/${forbidden}/**/*`,
      message: `src/${folder} may import ${mayImport[folder]?.length ? mayImport[folder].join(', ') : 'no other folder of ours'} (docs/architecture.md)`,
    }),
  ),
);

export default defineConfig(
  globalIgnores(['dist/', 'coverage/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['eslint.config.js', 'test/support/strip-types.js'],
        },
      },
    },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            ...importDirections,
            { target: './src/!(main).ts', from: './src/main.ts', message: 'main.ts is the entry' },
            { target: './src', from: './test', message: 'src never imports test' },
          ],
        },
      ],
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['*.config.{ts,js}', 'test/support/strip-types.js'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    files: ['scripts/**', 'test/**'],
    rules: { 'no-console': 'off' },
  },
);
