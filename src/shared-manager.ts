import { processShared } from './internal/process-shared.js';
import { SignalManager } from './manager/manager.js';

let manager: SignalManager | undefined;

/**
 * The app-wide manager: one per process and major version, even when ESM and CommonJS copies or bundles of this library
 * are loaded together. Made on first use.
 *
 * @example
 * ```ts
 * import { sharedManager } from 'signalbox';
 *
 * const started = Symbol('started');
 * sharedManager().connect(({ port }) => console.log(`listening on ${port}`), started);
 * await sharedManager().send(started, { port: 8080 });
 * ```
 */
export function sharedManager(): SignalManager {
  return (manager ??= processShared('manager', () => new SignalManager({ name: 'shared' })));
}

/** `sharedManager().connect`, as pyDispatcher's function. */
export const connect: SignalManager['connect'] = (receiver, signal, options) =>
  sharedManager().connect(receiver, signal, options);

/** `sharedManager().disconnect`, as pyDispatcher's function. */
export const disconnect: SignalManager['disconnect'] = (...args) => sharedManager().disconnect(...args);

/** `sharedManager().send`, as pyDispatcher's function. */
export const send: SignalManager['send'] = (signal, ...rest) => sharedManager().send(signal, ...rest);

/** `sharedManager().emit`, for when nobody waits for results. */
export const emit: SignalManager['emit'] = (signal, ...rest) => {
  sharedManager().emit(signal, ...rest);
};
