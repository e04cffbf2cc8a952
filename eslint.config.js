// Lint rules, and the walls between rooms: which room of src/ may import which (see the README, "How it is built").
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What each room may import of the others; `types` only as types. Whatever is not listed is forbidden. */
const rooms = {
  hmac: {},
  // HTTP as bytes, the same for both backends; it knows neither.
  wire: {},
  // Who waits, or is there, in an order.
  row: {},
  legacy: { values: ['hmac', 'wire', 'row'] },
  gateway: { values: ['hmac', 'wire', 'row'], types: ['config'] },
  resilience: { values: ['row'], types: ['gateway'] },
  quota: { types: ['gateway', 'store'] },
  reuse: { types: ['gateway'] },
  translate: { types: ['legacy', 'gateway'] },
  store: { types: ['config'] },
  ledger: { types: ['store'] },
  split: { types: ['store'] },
  shadow: { types: ['gateway'] },
  rollout: {},
  readiness: {},
  metrics: { types: ['legacy', 'gateway', 'config'] },
  admin: { types: ['config', 'metrics'] },
  config: {},
  sandbox: {},
};
const outer = ['app', 'cli'];

/** Packages that only one room may import, so that each can be replaced by changing one room. */
const keepers = {
  'prom-client': ['metrics', 'app', 'admin'],
  '@alicloud/*': ['gateway'],
  'http-proxy-middleware': ['legacy'],
  undici: ['sandbox', 'cli'],
  zod: ['config'],
  yaml: ['config'],
  aedes: ['sandbox'],
  lmdb: ['store'],
  '@redis/client': ['store'],
  commander: ['cli'],
};

const forbiddenPackages = (room) =>
  Object.entries(keepers)
    .filter(([, allowed]) => !allowed.includes(room))
    .map(([name]) => ({ group: [name], message: `only ${keepers[name].join(', ')} may import ${name}` }));

const wall = (room, { values = [], types = [] }) => ({
  files: [`src/${room}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          ...forbiddenPackages(room),
          ...[...Object.keys(rooms), ...outer]
            .filter((other) => other !== room && !values.includes(other))
            .map((other) => ({
              group: [`../${other}/*`],
              message: `${room} does not import ${other}`,
              allowTypeImports: types.includes(other),
            })),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, varsIgnorePattern: '^_' }],
      'no-console': 'error',
      'max-lines': ['error', { max: 200 }],
      eqeqeq: 'error',
      'no-control-regex': 'off',
    },
  },
  ...Object.entries(rooms).map(([room, may]) => wall(room, may)),
  {
    files: ['src/app/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            ...forbiddenPackages('app'),
            { group: ['../cli/*', '../sandbox/*'], message: 'app imports neither cli nor sandbox' },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': 'off',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: ['describe', 'it'] }],
    },
  },
  // Browser code in JavaScript: names of the browser are known to tsc, which checks these files by their JSDoc.
  {
    files: ['src/admin/console/**/*.js', 'test/console/probes/*.js'],
    rules: {
      'no-undef': 'off',
    },
  },
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] },
);
