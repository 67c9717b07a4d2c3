import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  // A source file comes before what the examples are compiled to.
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: {
    // Sources import each other as `./name.js`, as node wants it; here they are still `./name.ts`.
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^signalbox$': '<rootDir>/src/index.ts',
    '^signalbox/(nats|redis|mqtt|broadcast|memory)$': '<rootDir>/src/bridge/engines/$1.ts',
    '^signalbox/(testing/(?:jest|vitest))$': '<rootDir>/src/$1.ts',
    '^signalbox/(.*)$': '<rootDir>/src/$1/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Types are checked once, by `npm run types`; here they are only removed.
  transform: {
    '\\.html$': '<rootDir>/scripts/page-transform.mjs',
    // Nest needs legacy decorators and the types of parameters.
    '/__tests__/nestjs/.+\\.ts$': '<rootDir>/scripts/nest-transform.mjs',
    '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.jest.json' }],
    // The one dependency that is built in, and comes as ESM alone.
    '/node_modules/devalue/.+\\.js$': ['ts-jest', { tsconfig: 'tsconfig.jest-js.json', diagnostics: false }],
  },
  transformIgnorePatterns: ['/node_modules/(?!devalue/)'],
  // The inspector's page runs in a browser, and its command in processes of its own, where nothing is measured.
  collectCoverageFrom: ['src/**/*.ts', '!src/inspect/{auto,cli,page}/**'],
  coverageDirectory: 'coverage',
  coverageReporters: [['text', { skipFull: true }], 'lcovonly'],
  // Judged where no test is skipped: elsewhere, a server that is missing leaves what only its tests reach uncovered.
  ...(process.env['CI'] === undefined ? {} : { coverageThreshold: { global: { lines: 95, branches: 95 } } }),
  // A worker with much on its heap collects garbage slowly: it is replaced by a new one.
  maxWorkers: '100%',
  workerIdleMemoryLimit: '400MB',
  // Ends only a test that hangs: beside busy processes packing, compiling, a browser or a million messages take minutes.
  testTimeout: 900_000,
  reporters: ['default', '<rootDir>/scripts/jest-totals.mjs'],
};

export default config;
