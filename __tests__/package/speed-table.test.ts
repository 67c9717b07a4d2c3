import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/package.js';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Returns the standard output of a module that runs in the repository. */
const printedBy = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 10_000_000 });

/** Imports files of the benchmark by their names, then evaluates an expression. */
function evaluate(imports: Readonly<Record<string, string>>, expression: string): unknown {
  const lines = Object.entries(imports).map(([file, names]) => `import { ${names} } from './bench/${file}';`);
  const code = `${lines.join('\n')}\nconsole.log(JSON.stringify(${expression}));`;
  return JSON.parse(printedBy('--input-type=module', '--eval', code));
}

describe('guide/how-fast.md', () => {
  it('quotes the figures of the benchmarks', () => {
    const table = printedBy('bench/readme-speed.mjs').trimEnd();
    expect(table.split('\n').length).toBeGreaterThan(5);
    expect(read('guide/how-fast.md')).toContain(
      `<!-- speed: written by \`npm run bench\` -->\n\n${table}\n\n<!-- /speed -->`,
    );
  });
});

describe('bench/README.md', () => {
  it('is the report of the stored results (`npm run bench:report` writes it)', () => {
    const report = evaluate(
      { 'report.mjs': 'reportOf', 'results.mjs': 'readResults' },
      'await reportOf(readResults())',
    );
    expect(read('bench/README.md')).toBe(report);
  });

  it('describes every group and every contender, and gives reasons for known scenarios alone', () => {
    const names = evaluate(
      { 'scenarios/index.mjs': 'groups', 'text.mjs': 'sectionsOf' },
      `{
        groups: Object.keys(groups),
        describedGroups: [...sectionsOf('groups').keys()],
        contenders: [...new Set(Object.values(groups).flatMap(({ scenarios }) => scenarios.flatMap((one) => one.contenders)))],
        describedContenders: [...sectionsOf('contenders').keys()],
        scenarios: Object.values(groups).flatMap(({ scenarios }) => scenarios.map(({ id }) => id)),
        explained: [...sectionsOf('why-behind').keys()].flatMap((ids) => ids.split(', ')),
      }`,
    ) as Record<string, string[]>;
    const { groups, describedGroups, contenders, describedContenders, scenarios, explained } = names;
    expect(describedGroups).toEqual(groups);
    expect(describedContenders?.sort()).toEqual(contenders?.sort());
    expect(scenarios).toEqual(expect.arrayContaining(explained ?? []));
  });
});
