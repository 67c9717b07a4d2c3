import { afterEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { type Signal, SignalManager } from '../../src/index.js';
import { ThreadHub, type ThreadLink } from '../../src/threads/index.js';
import { joinAs } from '../../src/threads/thread-link.js';
import { flush } from '../helpers/promises.js';

const store = new AsyncLocalStorage<string>();

let lastThread = 2_000_000;

class PretendedWorker extends EventEmitter {
  readonly threadId = (lastThread += 1);
}

class Side {
  readonly seen: unknown[] = [];
  readonly manager = new SignalManager({ onError: (error) => this.note((error as Error).name) });
  readonly ping: Signal<Record<string, unknown>> = this.manager.signal('ping');

  note(what: unknown): void {
    this.seen.push([what, store.getStore()]);
  }
}

interface Threads {
  readonly hub: Side;
  readonly link: Side;
  readonly worker: PretendedWorker;
}

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

/** A hub and a link, each made in a context of its own, that have found each other in those of two requests. */
async function threads(): Promise<Threads> {
  const hub = new Side();
  const link = new Side();
  const worker = new PretendedWorker();
  const threadHub = store.run('hub', () => new ThreadHub(hub.manager, { signals: [hub.ping] }));
  const joining: Promise<ThreadLink> = store.run('link', () =>
    joinAs(worker.threadId, link.manager, { signals: [link.ping] }),
  );
  await store.run('request', () => threadHub.attach(worker));
  closing.push(await joining, threadHub);
  return { hub, link, worker };
}

describe('what arrives from another thread (T8)', () => {
  it('runs in the async context in which the hub or the link was made, whichever verb sent it', async () => {
    const { hub, link } = await threads();
    for (const side of [hub, link]) {
      side.ping.connect(async ({ verb }) => {
        side.note(verb);
        await flush();
        side.note(verb);
      });
    }
    await flush();
    for (const [side, other] of [
      [hub, link],
      [link, hub],
    ] as const) {
      other.seen.length = 0;
      await store.run('sender', async () => {
        await side.ping.send({ verb: 'send' });
        await side.ping.sendSerial({ verb: 'sendSerial' });
        side.ping.emit({ verb: 'emit' });
        await side.manager.drain();
        await other.manager.drain();
      });
      const context = other === hub ? 'hub' : 'link';
      const verbs = ['send', 'send', 'sendSerial', 'sendSerial', 'emit', 'emit'];
      expect(other.seen).toEqual(verbs.map((verb) => [verb, context]));
    }
  });

  it('asks `until` in the context of its sender', async () => {
    const { hub, link } = await threads();
    link.ping.connect(() => 1);
    await flush();
    const asked: unknown[] = [];
    const until = () => {
      asked.push(store.getStore());
      return false;
    };
    await store.run('sender', () => hub.ping.sendSerial({}, { until }));
    expect(asked).toEqual(['sender']);
  });

  it('runs there when the exit of a worker makes it run at once', async () => {
    const { hub, link, worker } = await threads();
    hub.ping.connect(() => hub.note('last words'));
    link.ping.connect(() => new Promise(() => undefined));
    await flush();
    const sent = store.run('sender', () => hub.ping.send());
    hub.seen.length = 0;
    link.ping.emit();
    await Promise.resolve();
    await Promise.resolve();
    expect(hub.seen).toEqual([]); // it is still on its way
    store.run('exit', () => worker.emit('exit'));
    await sent;
    expect(hub.seen).toEqual([
      ['last words', 'hub'],
      ['ThreadExitedError', 'hub'],
    ]);
  });
});
