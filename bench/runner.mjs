import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The end of the name of a contender that is measured on the build of `--before`. */
export const BEFORE = '@before';

/**
 * Measures the contenders of one scenario in turns: one round of each, then the next round of each, so that other load
 * on the machine affects all alike. Each round has a new process, because processes differ: V8 decides once in each where
 * its code lies. If making the connections takes long, the processes stay.
 *
 * @param {object} scenario
 * @param {{ rounds: number, node: import('./versions.mjs').NodeVersion, before?: string }} options - `before`: a build for
 *   the contenders whose names end with `BEFORE`
 * @returns {Promise<Record<string, { about: object, figures: Record<string, number[]> }>>} the rounds of every figure
 */
export async function measureScenario(scenario, { rounds, ...options }) {
  const measured = {};
  const lasting = new Map();
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of rotated(scenario.contenders, round)) {
        const worker = lasting.get(name) ?? (await startWorker(name, scenario, options));
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

/** Resolves with the contender's `about` and its answers to the probes of `semantics.mjs`. */
export async function tryOutContender(name, options) {
  const child = start('semantics.mjs', name, [], { execArgv: [], ...options });
  return message(child, name);
}

/** Returns the names, those of ours followed by their `@before`. */
export const withBefore = (names) =>
  names.flatMap((name) => (name.startsWith('signalbox') ? [name, `${name}${BEFORE}`] : [name]));

const fileOf = (name) => name.replace(BEFORE, '');
const rotated = (names, by) => names.map((_, index) => names[(index + by) % names.length]);

async function startWorker(name, scenario, options) {
  const child = start('worker.mjs', name, [scenario.id], { execArgv: scenario.execArgv, ...options });
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

function start(file, name, args, { node, execArgv, before }) {
  const core = name.endsWith(BEFORE) ? { BENCH_CORE: before } : {};
  return fork(fileURLToPath(new URL(file, import.meta.url)), [fileOf(name), ...args], {
    execPath: node.execPath,
    execArgv,
    env: { ...process.env, NODE_ENV: 'production', ...core },
  });
}

/** Resolves with the next message. Rejects if the process ends first. */
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
