// SPDX-License-Identifier: Apache-2.0
// The linter's rules, and the import directions of docs/architecture.md as rules that fail.
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * The rooms of `src`, and what each may import, packages aside: rooms, single files, or with `/*` a room and those
 * below it. A room is a folder without the rooms below it.
 * @type {Record<string, readonly string[]>}
 */
const mayImport = {
  api: [],
  pki: [],
  flags: ['kube/client/kube-config-user.ts'],
  observability: [],
  'kube/wait': [],
  'kube/client': ['kube/wait'],
  'kube/informer': ['kube/client', 'kube/wait', 'kube/logger.ts'],
  'kube/leader-election': ['kube/client', 'kube/wait', 'kube/logger.ts'],
  'kube/events': ['kube/client', 'kube/wait', 'kube/logger.ts'],
  'kube/pods': ['kube/client'],
  kube: ['kube/client', 'kube/informer', 'kube/wait'],
  'admission/review': ['api'],
  'admission/pods': ['api', 'admission/review', 'admission/ports.ts'],
  'admission/https': ['admission/handler.ts'],
  admission: ['api', 'admission/review', 'admission/pods'],
  'controller/access': ['api', 'kube/*', 'controller/cached-credspec.ts'],
  'controller/status': ['api', 'kube/*', 'controller/access', 'controller/cached-credspec.ts'],
  'controller/webhooks': ['api', 'pki', 'kube/*', 'controller/access'],
  controller: ['api', 'kube/*', 'controller/access', 'controller/status', 'controller/webhooks'],
  operator: ['*'],
  cli: [
    'api',
    'flags',
    'pki',
    'kube/*',
    'admission/pods',
    'controller/access',
    'controller/webhooks',
  ],
};

const rooms = Object.keys(mayImport);

/** @param {string} room @param {string} allowed */
const covers = (room, allowed) =>
  room === allowed ||
  allowed === '*' ||
  (allowed.endsWith('/*') && `${room}/`.startsWith(allowed.slice(0, -1)));

/** Tests aside, and the one file of admission that makes a module of it. @param {string} room */
const filesOf = (room) =>
  rooms.some((other) => other.startsWith(`${room}/`))
    ? `./src/${room}/!(*.test|index).ts`
    : `./src/${room}/**/!(*.test).ts`;

const importDirections = Object.entries(mayImport)
  .map(([room, allowed]) => ({
    target: filesOf(room),
    from: rooms
      .filter((other) => other !== room && !allowed.some((one) => covers(other, one)))
      .map(filesOf),
    except: allowed.filter((one) => one.endsWith('.ts')).map((file) => `**/src/${file}`),
    message: `src/${room} may import ${allowed.length > 0 ? allowed.join(', ') : 'no other room'} (docs/architecture.md)`,
  }))
  .filter(({ from }) => from.length > 0);

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
    files: ['src/**'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'TemplateLiteral:has(> TemplateElement[value.raw=/\\b(kubectl|helm) [a-z]/]) > :not(TemplateElement, Identifier[name=/^[A-Z_]+$/])',
          message: 'Compose commands with fillIn: others may have written what is in a cluster.',
        },
      ],
    },
  },
  {
    files: ['src/admission/https/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['../*'], allowTypeImports: true, message: 'The server knows types alone.' },
          ],
        },
      ],
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
