//   node bench/instructions.mjs emit-1 signalbox,eventemitter3
// Instructions per operation, counted by callgrind (of Valgrind, which has to be installed). They are the same in each run,
// whatever else the machine does: what changes them by 1 % shows. How long they take is for the benchmark to say.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { argv, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';

/** Counted twice, so that what is done once, compiling above all, does not count. */
const [fewer, more] = [200_000, 700_000];
const worker = fileURLToPath(new URL('instructions-worker.mjs', import.meta.url));

const [, , scenarioId, contenders] = argv;
if (contenders === undefined) {
  console.error('Expected a scenario and contenders: emit-1 signalbox,eventemitter3');
  exit(1);
}
for (const contender of contenders.split(',')) {
  const counts = await Promise.all([fewer, more].map((operations) => count(contender, operations)));
  console.log(contender.padEnd(24), Math.round((counts[1] - counts[0]) / (more - fewer)));
}

async function count(contender, operations) {
  const callgrind = ['--tool=callgrind', '--smc-check=all-non-file', '--callgrind-out-file=/dev/null'];
  const sameEachTime = ['--single-threaded', '--hash-seed=1', '--random-seed=1'];
  const child = spawn(
    'valgrind',
    [...callgrind, execPath, ...sameEachTime, worker, contender, scenarioId, operations],
    {
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const printed = await text(child.stderr);
  const [, collected] = /Collected : (\d+)/.exec(printed) ?? [];
  if (collected === undefined) throw new Error(`Expected a count from callgrind, got:\n${printed}`);
  return Number(collected);
}
