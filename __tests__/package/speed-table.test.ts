import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** Figures of our contender and of raw-array in one scenario. */
const figuresOf = (ours: number, raw: number): object => ({
  'emit-100': {
    signalbox: { ns: { median: ours, low: ours, high: ours } },
    'raw-array': { ns: { median: raw, low: raw, high: raw } },
  },
});
const contenders = {
  signalbox: { label: 'signalbox', ours: true, answers: {} },
  'raw-array': { label: 'raw array', answers: {} },
};

describe('figures on other versions of Node', () => {
  const emit = {
    date: '2026-01-02T03:04:05Z',
    node: 'v24.22.3',
    v8: '13.6',
    rounds: 5,
    load: 0,
    scenarios: figuresOf(100, 100),
    also: {
      20: { date: '2026-01-02T04:04:05Z', node: 'v20.20.2', scenarios: figuresOf(150, 100) },
      26: { date: '2026-01-02T05:04:05Z', node: 'v26.12.1', scenarios: figuresOf(90, 100) },
    },
  };
  const reportOf = (group: object): string =>
    evaluate(
      { 'report.mjs': 'reportOf' },
      `await reportOf(${JSON.stringify({ contenders, groups: { emit: group } })})`,
    ) as string;

  it('have a column each in the tables of goals, and are not counted', () => {
    const lines = reportOf(emit)
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' '));
    expect(lines).toContain('| goals | | goal | reached | Node 20.20 | Node 26.12 |');
    expect(lines).toContain(
      '| emit, 100 receivers | signalbox | at most 1.1 × raw array | 1.00 × ✓ | **1.50 × ✗ missed** | 0.900 × ✓ |',
    );
    expect(lines).toContain('1 of 1 goals are met.');
    expect(lines.find((line) => line.startsWith('Goals are counted'))).toContain('for Node 24.22 (');
  });

  it('have neither column nor sentence before they are measured', () => {
    const report = reportOf({ ...emit, also: {} });
    expect(report.replaceAll(/ +/g, ' ')).toContain('| goals | | goal | reached |\n');
    expect(report).not.toContain('Goals are counted');
  });

  it('stay while the same build is measured again', () => {
    const kept = (build: string): unknown =>
      evaluate(
        { 'results.mjs': 'keptFrom' },
        `keptFrom(${JSON.stringify({ ...emit, build: 'a', earlier: [] })}, '${build}').also`,
      );
    expect(kept('a')).toEqual(emit.also);
    expect(kept('b')).toEqual({});
  });

  it('are measured for the scenarios and contenders that goals compare', () => {
    const scenarios = [
      { id: 'one', contenders: ['raw-array', 'signalbox', 'node'], goals: [{ contender: 'raw-array' }] },
      { id: 'ten', contenders: ['signalbox', 'node'], goals: [{ scenarioId: 'base', ours: 'signalbox' }] },
      { id: 'base', contenders: ['signalbox', 'node'] },
      { id: 'none', contenders: ['signalbox', 'node'] },
    ];
    const needed = evaluate(
      { 'goals.mjs': 'neededForGoals' },
      `neededForGoals(${JSON.stringify(scenarios)}, { signalbox: { ours: true }, node: {}, 'raw-array': {} })
        .map(({ id, contenders }) => [id, contenders])`,
    );
    expect(needed).toEqual([
      ['one', ['raw-array', 'signalbox']],
      ['ten', ['signalbox']],
      ['base', ['signalbox']],
    ]);
  });
});

describe('the measured version of Node', () => {
  it('starts the contenders', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-node-'));
    const execPath = path.join(folder, 'node');
    writeFileSync(execPath, `#!/bin/sh\necho started >> '${folder}/log'\nexec '${process.execPath}' "$@"\n`, {
      mode: 0o755,
    });
    try {
      evaluate(
        { 'runner.mjs': 'tryOutContender' },
        `await tryOutContender('raw-array', { node: ${JSON.stringify({ execPath })} })`,
      );
      expect(readFileSync(path.join(folder, 'log'), 'utf8')).toBe('started\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is recorded with the figures, and told apart by the build', () => {
    const node = { version: 'v24.22.3', v8: '13.6' };
    const [machine, same] = evaluate(
      { 'results.mjs': 'build, machine', 'versions.mjs': 'thisNode' },
      `[machine(${JSON.stringify(node)}), build(thisNode) === build(${JSON.stringify(node)})]`,
    ) as [object, boolean];
    expect(machine).toMatchObject({ node: 'v24.22.3', v8: '13.6' });
    expect(same).toBe(false);
  });

  it('is this one, or one of the runtime tests', () => {
    const own = evaluate({ 'versions.mjs': 'nodeOf' }, `nodeOf('${process.versions.node.split('.')[0]}')`);
    expect(own).toEqual({ execPath: process.execPath, version: process.version, v8: process.versions.v8 });
    const message = evaluate(
      { 'versions.mjs': 'nodeOf' },
      `(() => { try { return nodeOf('7'); } catch (error) { return error.message; } })()`,
    );
    expect(message).toMatch(/^Expected a major version of Node among \d+, .*24, 26, got "7"$/);
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
