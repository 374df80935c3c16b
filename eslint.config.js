// Lint rules: the strict typed presets, plus the sizes and the layering that keep files small and the core pure.
import { readFileSync } from 'node:fs'
import tseslint from 'typescript-eslint'

/** Layers that may not import Node's modules, straight from layers.json; test/architecture checks the rest of it. */
const { layers } = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8'))
const withoutNode = Object.keys(layers)
  .filter((name) => layers[name].node === undefined)
  .map((name) => (name.endsWith('.ts') ? name : `${name}/**/*.ts`))

export default tseslint.config(
  { ignores: ['node_modules/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-params': 'off',
      '@typescript-eslint/max-params': ['error', { max: 5 }],
      'max-lines': ['error', { max: 300 }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'setTimeout',
        'setInterval',
        'fetch',
        'Buffer',
        'performance',
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message: 'The core has no randomness: take it as an argument.',
        },
        { object: 'Date', property: 'now', message: 'The core has no clock: take the time as an argument.' },
      ],
    },
  },
  {
    files: withoutNode,
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*'], message: 'layers.json does not let this folder import Node modules.' },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', '**/*.test.ts'],
    rules: {
      // node:test returns promises from test() that nobody has to await.
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
    },
  },
)
