import { constants } from 'node:os';
import { untilAborted } from '../internal/abort.js';
import { StopTimeoutError } from './errors.js';
import type { PublicLifecycle, Transitions } from './transitions.js';

/**
 * Starts a lifecycle, waits for a process signal or a stop, and stops it. Listens to the process signals meanwhile, and
 * keeps the process alive.
 *
 * @returns The exit code. Never rejects.
 */
export async function run(
  lifecycle: PublicLifecycle,
  transitions: Transitions,
  stopOn: readonly NodeJS.Signals[],
): Promise<number> {
  let isStopped = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopped) process.exit(128 + constants.signals[signal]);
    isStopped = true;
    lifecycle.stop(signal).catch(() => undefined); // handled below
  };
  for (const signal of stopOn) process.on(signal, onSignal);
  const alive = setInterval(() => undefined, 2 ** 31 - 1); // a listener for signals does not keep the process alive
  try {
    return await exitCodeOf(lifecycle, transitions);
  } finally {
    clearInterval(alive);
    for (const signal of stopOn) process.off(signal, onSignal);
  }
}

async function exitCodeOf(lifecycle: PublicLifecycle, transitions: Transitions): Promise<number> {
  const errors: unknown[] = [];
  const note = (error: unknown): void => void errors.push(error);
  await lifecycle.start().catch((error: unknown) => {
    if (transitions.startFailed) note(error);
  });
  await untilAborted(new Promise(() => undefined), transitions.ended);
  await lifecycle.stop().catch(note);
  if (errors.length === 0) return 0;
  console.error('The lifecycle failed:', ...errors);
  if (errors.some((error) => error instanceof StopTimeoutError)) process.exit(1);
  return 1;
}
