import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  // What is built: by `npm run build`, `npm run docs`, a test run, and the examples next to their sources.
  globalIgnores(['dist/', 'docs/', 'coverage/', 'examples/**/*.js']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `() => emit(…)` reads better than a block around one call, and a number in a message is no mistake.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A module of Nest is such a class.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // A signal without kwargs has kwargs of type `Record<never, never>`.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // A rejection passes on what was thrown, whatever it is.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['src/contract/*.ts', 'src/bus/types.ts', 'src/threads/types.ts'],
    rules: {
      // Only `Receiver<any>` takes receivers of all kwargs, and `{} extends S` asks whether S may be left out.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-empty-object-type': ['error', { allowObjectTypes: 'always' }],
    },
  },
  {
    // Their signatures take signals of all kwargs, and listeners with any arguments.
    files: ['src/interop/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    // The core, the bus and the bridge run in browsers, too.
    files: ['src/**/*.{ts,tsx}'],
    ignores: [
      'src/threads/**',
      'src/lifecycle/**',
      'src/channels/**',
      'src/inspect/*.ts',
      'src/inspect/{auto,cli,data}/**',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:', message: 'What runs in browsers imports nothing of node.' }] },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'global', 'setImmediate', 'require', '__dirname'],
    },
  },
  {
    files: ['src/threads/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^node:(?!worker_threads|crypto|path|url|util)', message: 'Threads need nothing else of node.' },
          ],
        },
      ],
    },
  },
  {
    // Redis is spoken to from node alone, in Buffers.
    files: ['src/bridge/engines/redis*.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['__tests__/**/*.ts', 'examples/**/*.ts'],
    rules: {
      // Receivers are declared async to be async receivers, whether or not they have something to await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['__tests__/**/*.ts'],
    rules: {
      // What happens when a receiver throws or rejects with anything at all is under test.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Methods are passed around without their object on purpose: that is what `thisArg` is for.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  {
    // What tests run in processes of their own.
    files: ['__tests__/**/fixtures/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'BroadcastChannel',
          'Event',
          'EventTarget',
          'TextDecoder',
          'TextEncoder',
          'clearInterval',
          'setImmediate',
          'setInterval',
          'setTimeout',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // They run in several runtimes and in a page.
    files: ['runtimes/**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['AbortController', 'Response', 'addEventListener', 'clearTimeout', 'fetch', 'setTimeout'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
  {
    // Nothing of a runtime: it is bundled for pages and servers, too.
    files: ['runtimes/{checks,smoke}.mjs'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:', message: 'What runs in browsers imports nothing of node.' }] },
      ],
      'no-restricted-globals': ['error', 'process'],
    },
  },
);
