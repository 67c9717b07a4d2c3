import type { Channel } from 'node:diagnostics_channel';
import { DISPOSE } from '../internal/dispose.js';
import { processShared } from '../internal/process-shared.js';
import { watchManagers } from '../manager/watch-managers.js';
import type { SendWatcher } from '../index.js';
import { ChannelsWatch, ChannelsWatchOfCalls } from './channels-watch.js';
import { Channels } from './phases.js';

/** The methods that change whether a channel is used. */
const CHANGING = ['subscribe', 'unsubscribe', 'bindStore', 'unbindStore'] as const;

/** Makes all managers publish while any channel is used. Only the first copy of this library in a thread does it. */
export function publishToChannels(): void {
  processShared('channels', () => {
    const sends = new Channels('signalbox:send');
    const calls = new Channels('signalbox:receive');
    let publishesCalls = false;
    const watcher: SendWatcher = {
      onSend: (send) =>
        publishesCalls ? new ChannelsWatchOfCalls(send, sends, calls) : new ChannelsWatch(send, sends),
    };
    let watching: Disposable | undefined;
    const update = (): void => {
      publishesCalls = calls.used;
      if (publishesCalls || sends.used) {
        watching ??= watchManagers(watcher);
      } else {
        watching?.[DISPOSE]();
        watching = undefined;
      }
    };
    for (const channel of [...sends.all, ...calls.all]) callAfterChanges(channel, update);
    update();
    return { sends, calls };
  });
}

/**
 * Calls back when subscribers and stores may have changed. Node has no event for it, and asking the channels at each
 * send would slow down sends that nobody watches. All ways to subscribe call these methods of the channel.
 */
function callAfterChanges(channel: Channel, changed: () => void): void {
  for (const name of CHANGING) {
    const before = Object.getOwnPropertyDescriptor(channel, name)?.value as unknown;
    Object.defineProperty(channel, name, {
      configurable: true,
      writable: true,
      value: function (this: Channel, ...args: unknown[]): unknown {
        // Read at each call, because Node changes the prototype of a channel with its first subscriber.
        const method: unknown = before ?? Reflect.get(Object.getPrototypeOf(this) as object, name);
        try {
          return Reflect.apply(method as (...args: unknown[]) => unknown, this, args);
        } finally {
          changed();
        }
      },
    });
  }
}
