import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/package.js';

describe("the README's chapter on speed", () => {
  it('quotes what the benchmarks have written', () => {
    const table = execFileSync(process.execPath, [path.join(root, 'bench/readme-speed.mjs')], { encoding: 'utf8' });
    expect(table.split('\n').length).toBeGreaterThan(5);
    expect(readFileSync(path.join(root, 'README.md'), 'utf8')).toContain(
      `<!-- speed: written by \`npm run bench\` -->\n\n${table}\n<!-- /speed -->`,
    );
  });
});
