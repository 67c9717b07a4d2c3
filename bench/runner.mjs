import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A contender whose name ends so is measured on the build that `--before` names. */
export const BEFORE = '@before';

/**
 * Measures the contenders of one scenario in turns: one round of each, then the next round of each, so that whatever else
 * the machine does falls on all of them alike. Each round is a process of its own, because processes differ: where V8
 * puts its code is decided once in each. Where making the connections takes long, the processes stay.
 *
 * @param {object} scenario
 * @param {{ rounds: number, contenders: string[], before?: string }} options
 * @returns {Promise<Record<string, { about: object, figures: Record<string, number[]> }>>} the rounds of every figure
 */
export async function measureScenario(scenario, { rounds, contenders, before }) {
  const measured = {};
  const lasting = new Map();
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of rotated(contenders, round)) {
        const worker = lasting.get(name) ?? (await startWorker(name, scenario, before));
        if (scenario.processesStay) lasting.set(name, worker);
        measured[name] ??= { about: worker.about, figures: {} };
        for (const [figure, value] of Object.entries((await worker.nextRound()).figures)) {
          (measured[name].figures[figure] ??= []).push(value);
        }
        if (!scenario.processesStay) worker.stop();
      }
    }
  } finally {
    for (const worker of lasting.values()) worker.stop();
  }
  return measured;
}

/** What a contender is and how it answers the probes of `semantics.mjs`. */
export async function tryOutContender(name, before) {
  const child = start('semantics.mjs', [fileOf(name)], [], name, before);
  return message(child, name);
}

/** Names with their `@before` beside them. */
export const withBefore = (names) =>
  names.flatMap((name) => (name.startsWith('signalbox') ? [name, `${name}${BEFORE}`] : [name]));

const fileOf = (name) => name.replace(BEFORE, '');
const rotated = (names, by) => names.map((_, index) => names[(index + by) % names.length]);

async function startWorker(name, scenario, before) {
  const child = start('worker.mjs', [fileOf(name), scenario.id], scenario.execArgv, name, before);
  const where = `${name} in ${scenario.id}`;
  const { about } = await message(child, where);
  return {
    about,
    nextRound() {
      child.send('round');
      return message(child, where);
    },
    stop: () => child.disconnect(),
  };
}

function start(file, args, execArgv, name, before) {
  const core = name.endsWith(BEFORE) ? { BENCH_CORE: before } : {};
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production', ...core },
  });
}

/** The next message, or the end of a process that had none. */
function message(child, where) {
  return new Promise((resolve, reject) => {
    const onExit = (code) => reject(new Error(`${where}: the process ended with code ${code}`));
    child.once('exit', onExit);
    child.once('message', (received) => {
      child.off('exit', onExit);
      resolve(received);
    });
  });
}
