// npm run bench:instructions                        emit-1, emit-10, send-sync-1 and key-emit-10000
// npm run bench:instructions -- emit-1,emit-100     these scenarios
//   --contenders signalbox,raw-array                these contenders in place of signalbox and eventemitter3
//   --before ../old/dist/index.js                   another build of the core beside this one
// Prints instructions per operation, counted by callgrind; Valgrind must be installed. The counts are the same in every run,
// whatever the load, so a change of 1 % shows. They do not tell how long an operation takes.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findScenario } from './scenarios/find.mjs';

/** Counted with both numbers of operations, so that work done once, such as compiling, does not count. */
const [fewer, more] = [200_000, 700_000];
const worker = fileURLToPath(new URL('instructions-worker.mjs', import.meta.url));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    contenders: { type: 'string', default: 'signalbox,eventemitter3' },
    before: { type: 'string' },
  },
});
const words = positionals.length > 0 ? positionals : ['emit-1,emit-10,send-sync-1,key-emit-10000'];
const scenarios = words.flatMap((word) => word.split(',')).map(findScenario);
const columns = options.contenders.split(',').flatMap(columnsOf);

printRow(
  'instructions per operation',
  columns.map(({ title }) => title),
);
for (const scenario of scenarios) {
  const counts = [];
  for (const { contender, core } of columns) {
    counts.push(scenario.contenders.includes(contender) ? await perOperation(contender, scenario.id, core) : '');
  }
  printRow(scenario.id, counts);
}

function columnsOf(contender) {
  const now = { title: contender, contender };
  if (options.before === undefined || !contender.startsWith('signalbox')) return [now];
  return [now, { title: `${contender}, before`, contender, core: resolve(options.before) }];
}

function printRow(title, cells) {
  console.log([title.padEnd(28), ...cells.map((cell) => String(cell).padStart(20))].join(''));
}

async function perOperation(contender, scenarioId, core) {
  const counts = await Promise.all([fewer, more].map((operations) => count(contender, scenarioId, operations, core)));
  return Math.round((counts[1] - counts[0]) / (more - fewer));
}

async function count(contender, scenarioId, operations, core) {
  const callgrind = ['--tool=callgrind', '--smc-check=all-non-file', '--callgrind-out-file=/dev/null'];
  const sameEachTime = ['--single-threaded', '--hash-seed=1', '--random-seed=1'];
  const child = spawn(
    'valgrind',
    [...callgrind, execPath, ...sameEachTime, worker, contender, scenarioId, operations],
    {
      env: { ...process.env, NODE_ENV: 'production', ...(core === undefined ? {} : { BENCH_CORE: core }) },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const printed = await text(child.stderr);
  const [, collected] = /Collected : (\d+)/.exec(printed) ?? [];
  if (collected === undefined) throw new Error(`Expected a count from callgrind, got:\n${printed}`);
  return Number(collected);
}
