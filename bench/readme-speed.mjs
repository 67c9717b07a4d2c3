// The table in guide/how-fast.md, from results.json. The benchmark writes it with the figures;
// `node bench/readme-speed.mjs` prints it.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { mainFigure } from './goals.mjs';
import { readResults } from './results.mjs';
import { groups } from './scenarios/index.mjs';
import { figure, table } from './words.mjs';

const page = new URL('../guide/how-fast.md', import.meta.url);
const [begin, end] = ['<!-- speed: written by `npm run bench` -->', '<!-- /speed -->'];

const rows = [
  'emit-1',
  'emit-10',
  'emit-100',
  'send-sync-1',
  'send-sync-10',
  'send-async-10',
  'key-emit-10000',
  'key-100-of-100000',
  'churn-10000-at-random',
];
const columns = {
  'raw array or Map': ['raw-array', 'raw-map', 'raw-map-of-arrays', 'raw-set'],
  eventemitter3: ['eventemitter3'],
  'node EventEmitter': ['node'],
  'Promise.allSettled': ['promise-all-settled'],
  emittery: ['emittery'],
};

export async function speedTable(results) {
  const lines = rows.flatMap((id) => line(id, results));
  const header = ['', 'signalbox', ...Object.keys(columns)];
  return (await format(table(header, lines), { parser: 'markdown', printWidth: 120 })).trim();
}

export async function writeSpeedTable(results) {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`Expected guide/how-fast.md to have a table between ${begin} and ${end}`);
  writeFileSync(page, `${before}${begin}\n\n${await speedTable(results)}\n\n${end}${after}`);
}

/** Returns our time in nanoseconds and the others as multiples of it. Empty for a scenario that has no figures. */
function line(id, results) {
  const [group, { scenarios }] = Object.entries(groups).find(([, each]) => each.scenarios.some((one) => one.id === id));
  const measured = results.groups[group]?.scenarios[id];
  if (!measured) return [];
  const { title } = scenarios.find((scenario) => scenario.id === id);
  const ours = mainFigure(measured.signalbox).median;
  const others = Object.values(columns).map((names) => {
    const other = names.map((name) => measured[name]).find((figures) => figures);
    return other ? multiple(mainFigure(other).median / ours) : '';
  });
  return [[title, `${figure(ours)} ns`, ...others]];
}

const multiple = (value) => `${value < 10 ? value.toPrecision(2) : Math.round(value).toLocaleString('en')} ×`;

if (argv[1] === fileURLToPath(import.meta.url)) console.log(await speedTable(readResults()));
