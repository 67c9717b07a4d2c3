import type { SignalManager } from './contract/signals.js';
import { sharedManager } from './signal.js';

// The functions of pyDispatcher.

/**
 * Connects a receiver on the shared manager, as pyDispatcher's function: `sharedManager().connect`.
 *
 * @example
 * ```ts
 * import { connect, send } from 'signalbox';
 *
 * const ordered = Symbol('ordered');
 * connect(({ item }) => console.log('packing', item), ordered);
 * await send(ordered, { item: 'tea' });
 * ```
 */
export const connect: SignalManager['connect'] = (receiver, signal, options) =>
  sharedManager().connect(receiver, signal, options);

/**
 * Disconnects a receiver on the shared manager, as pyDispatcher's function: `sharedManager().disconnect`.
 *
 * @example
 * ```ts
 * import { connect, disconnect } from 'signalbox';
 *
 * const ordered = Symbol('ordered');
 * const pack = () => 'packed';
 * connect(pack, ordered);
 * console.log(disconnect(pack, ordered)); //=> true
 * ```
 */
export const disconnect: SignalManager['disconnect'] = (receiver, ...rest) =>
  sharedManager().disconnect(receiver, ...rest);

/**
 * Sends a signal of the shared manager, as pyDispatcher's function: `sharedManager().send`.
 *
 * @example
 * ```ts
 * import { connect, send, values } from 'signalbox';
 *
 * const ordered = Symbol('ordered');
 * connect(() => 'packed', ordered);
 * console.log(values(await send(ordered, { item: 'tea' }))); //=> [ 'packed' ]
 * ```
 */
export const send: SignalManager['send'] = (signal, ...rest) => sharedManager().send(signal, ...rest);

/**
 * Emits a signal of the shared manager, without results: `sharedManager().emit`.
 *
 * @example
 * ```ts
 * import { connect, emit } from 'signalbox';
 *
 * const ordered = Symbol('ordered');
 * connect(({ item }) => console.log('packing', item), ordered);
 * emit(ordered, { item: 'tea' });
 * ```
 */
export const emit: SignalManager['emit'] = (signal, ...rest) => {
  sharedManager().emit(signal, ...rest);
};
