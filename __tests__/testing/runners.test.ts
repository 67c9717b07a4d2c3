import { describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { requireBuild, root, run } from '../helpers/package.js';

requireBuild();

const fixtures = path.join(__dirname, 'fixtures');
const jestConfig = { rootDir: fixtures, testMatch: ['<rootDir>/any-runner.test.mjs'], transform: {} };

describe('one test file passes with real and with fake timers (S7, S10)', () => {
  it.each([
    ['node:test', ['--test', '--test-reporter=tap', path.join(fixtures, 'any-runner.test.mjs')], /^# pass 5$/m],
    [
      'jest',
      ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', `--config=${JSON.stringify(jestConfig)}`],
      /Tests: +5 passed, 5 total/,
    ],
    ['vitest', ['node_modules/vitest/vitest.mjs', 'run', '--root', fixtures, '--no-color'], /Tests +5 passed \(5\)/],
  ])('under %s', async (_runner, args, passed) => {
    const { exitCode, stdout, stderr } = await run(process.execPath, args, root);
    expect(stdout + stderr).toMatch(passed);
    expect(exitCode).toBe(0);
  });
});
