import { constants } from 'node:os';
import { SignalManager } from '../index.js';
import { argumentError, checkKnown, checkMilliseconds } from '../internal/check.js';
import { checkManager } from '../signals/check-signal.js';
import type { LifecycleOptions } from './types.js';

/** The options of a lifecycle, checked, with the defaults. */
export type Settings = { readonly [N in keyof LifecycleOptions]-?: Exclude<LifecycleOptions[N], undefined> };

const LIFECYCLE_OPTIONS = ['manager', 'startTimeoutMs', 'drainDelayMs', 'stopTimeoutMs', 'killAfterMs', 'stopOn'];
/** No process can handle these. */
const DEADLY = ['SIGKILL', 'SIGSTOP'];

/** @throws TypeError or RangeError for a bad option. */
export function settingsOf(options: LifecycleOptions = {}): Settings {
  checkKnown(options, LIFECYCLE_OPTIONS, 'Lifecycle');
  const { manager, startTimeoutMs = 30_000, drainDelayMs = 0, stopTimeoutMs = 10_000, killAfterMs = 1_000 } = options;
  const { stopOn = ['SIGTERM', 'SIGINT'] } = options;
  if (manager !== undefined) checkManager(manager);
  checkMilliseconds(startTimeoutMs, 'startTimeoutMs');
  checkMilliseconds(drainDelayMs, 'drainDelayMs', false);
  checkMilliseconds(stopTimeoutMs, 'stopTimeoutMs');
  checkMilliseconds(killAfterMs, 'killAfterMs');
  if (stopTimeoutMs === 0)
    throw new RangeError('Expected `stopTimeoutMs` to be milliseconds, more than 0, got number 0');
  if (drainDelayMs >= stopTimeoutMs) {
    throw new RangeError(
      `Expected \`drainDelayMs\` to be less than \`stopTimeoutMs\` (${stopTimeoutMs}), got ${drainDelayMs}`,
    );
  }
  return {
    manager: manager ?? new SignalManager({ name: 'lifecycle' }),
    startTimeoutMs,
    drainDelayMs,
    stopTimeoutMs,
    killAfterMs,
    stopOn: processSignalsOf(stopOn),
  };
}

/** Returns each of the process signals once: two listeners would take one process signal for two. */
function processSignalsOf(stopOn: readonly NodeJS.Signals[]): readonly NodeJS.Signals[] {
  if (!Array.isArray(stopOn)) throw argumentError('stopOn', 'an array of process signals', stopOn);
  for (const [index, each] of stopOn.entries()) {
    if (typeof each !== 'string' || !Object.hasOwn(constants.signals, each) || DEADLY.includes(each))
      throw argumentError(`stopOn[${index}]`, 'a process signal that can be handled, such as SIGTERM', each);
  }
  return [...new Set<NodeJS.Signals>(stopOn)];
}
