/**
 * An engine over a BroadcastChannel.
 *
 * @module signalbox/broadcast
 */
import { argumentError } from '../../internal/check.js';
import { isObject } from '../../internal/weak-key-map.js';
import { Subscriptions } from './subscriptions.js';
import type { Engine } from '../types.js';
import { soon } from '../../internal/timer.js';

/** A BroadcastChannel of a browser or of Node. Their types have only this in common. */
export interface BroadcastPort {
  /** Sends a structured clone of the message to all other channels of the same name. */
  postMessage(message: unknown): void;
  /** Closes the channel, which then neither sends nor receives. */
  close(): void;
}

/**
 * The users' channels that have an engine. A channel does not receive its own messages, so two engines on one channel
 * would not reach each other.
 */
const taken = new WeakSet<BroadcastPort>();

/**
 * Returns an engine over a BroadcastChannel. It connects the tabs and workers of one site in one browser, or the
 * threads of one Node process. It has no durable delivery.
 *
 * @param channel - Your channel, which is left open; each engine needs its own. Default: a channel named `signalbox`,
 * open while there is a subscription.
 * @throws TypeError if it is not a BroadcastChannel, or has an engine already.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { Bridge } from 'signalbox/bridge';
 * import { broadcastEngine } from 'signalbox/broadcast';
 *
 * const bridge = new Bridge(new SignalManager(), broadcastEngine(), { namespace: 'shop' });
 * ```
 */
export function broadcastEngine(channel?: BroadcastPort): Engine {
  if (channel !== undefined && !isBroadcastChannel(channel))
    throw argumentError('channel', 'a BroadcastChannel', channel);
  if (channel !== undefined) {
    const wayOut = '; give each engine its own channel of the same name, or one engine to several bridges';
    if (taken.has(channel)) throw argumentError('channel', 'a BroadcastChannel without an engine', channel, wayOut);
    taken.add(channel);
  }
  const subscribers = new Subscriptions();
  let open: BroadcastChannel | undefined;

  const onMessage = ({ data: message }: MessageEvent<unknown>): void => {
    const { subject, data } = (isObject(message) ? message : {}) as { subject?: unknown; data?: unknown };
    // Any code may post to the channel.
    if (typeof subject === 'string' && data instanceof Uint8Array) subscribers.deliver(subject, data);
  };
  const connect = (): BroadcastChannel => {
    if (open !== undefined) return open;
    open = channel ?? new BroadcastChannel('signalbox');
    open.addEventListener('message', onMessage);
    return open;
  };
  const disconnect = (): void => {
    if (!subscribers.empty) return;
    open?.removeEventListener('message', onMessage);
    if (open !== channel) open?.close();
    open = undefined;
  };

  return {
    name: 'broadcast',
    publish(subject, data) {
      connect().postMessage({ subject, data });
      // A channel does not receive its own messages.
      const copy = data.slice();
      soon(() => subscribers.deliver(subject, copy));
      disconnect();
    },
    subscribe: (subject, onData) => subscribers.add(subject, onData, connect, disconnect),
  };
}

function isBroadcastChannel(channel: unknown): channel is BroadcastChannel {
  return isObject(channel) && 'postMessage' in channel && 'addEventListener' in channel;
}
