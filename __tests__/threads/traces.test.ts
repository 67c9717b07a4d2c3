import { EventEmitter } from 'node:events';
import { AsyncLocalStorage } from 'node:async_hooks';
import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Signal, SignalManager, type TraceParent, type WatchedSend } from '../../src/index.js';
import { ThreadHub } from '../../src/threads/index.js';
import { joinAs } from '../../src/threads/thread-link.js';
import { eventually } from './threads.js';

// Links in the thread of their hub, by numbers that no thread has.

let lastThread = 2_000_000;

class PretendedWorker extends EventEmitter {
  readonly threadId = (lastThread += 1);
}

/** A trace with this number as its ids. */
const trace = (id: number): TraceParent => ({
  traceparent: `00-${String(id).padStart(32, '0')}-${String(id).padStart(16, '0')}-01`,
  tracestate: `vendor=${id}`,
});

/** A manager that shares `ping`, notes the remote sends that it gets, and sends with the traces in `next`. */
class Side {
  readonly manager = new SignalManager();
  readonly ping: Signal<Record<string, unknown>> = this.manager.signal('ping');
  readonly got: unknown[] = [];
  readonly sent: WatchedSend[] = [];
  readonly next: (TraceParent | undefined)[] = [];

  constructor() {
    this.manager.watch({
      onSend: (send) => {
        const { kind, origin, trace: came, kwargs } = send;
        if (origin === 'remote') this.got.push([kind, came, kwargs]);
        else this.sent.push(send);
        return { trace: () => this.next.shift() };
      },
    });
    this.ping.connect(() => undefined);
  }
}

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

/** The sides of a hub and of two links. */
async function three(): Promise<readonly [main: Side, a: Side, b: Side]> {
  const [main, a, b] = [new Side(), new Side(), new Side()];
  const hub = new ThreadHub(main.manager, { signals: [main.ping] });
  closing.push(hub);
  for (const [name, { manager, ping }] of Object.entries({ a, b })) {
    const worker = new PretendedWorker();
    const joined = joinAs(worker.threadId, manager, { signals: [ping] });
    const [link] = await Promise.all([joined, hub.attach(worker, { name })]);
    closing.unshift(link);
  }
  return [main, a, b];
}

describe('the trace of a send between threads (W15, N17)', () => {
  it('arrives with a send, a serial send and an emit, from the hub and from a worker', async () => {
    const [main, a, b] = await three();
    main.next.push(trace(1), trace(2), trace(3));
    await main.ping.send({ n: 1 });
    await main.ping.sendSerial({ n: 2 }, { until: () => false });
    main.ping.emit({ n: 3 });
    const expected = [
      ['send', trace(1), { n: 1 }],
      ['serial', trace(2), { n: 2 }],
      ['emit', trace(3), { n: 3 }],
    ];
    await eventually(() => expect([a.got, b.got]).toEqual([expected, expected]));
    expect(main.sent.map(({ peers }) => peers)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    a.next.push(trace(4), trace(5));
    await a.ping.send({ n: 4 });
    a.ping.emit({ n: 5 });
    const later = [
      ['send', trace(4), { n: 4 }],
      ['emit', trace(5), { n: 5 }],
    ];
    await eventually(() => expect([main.got, b.got.slice(3)]).toEqual([later, later]));
  });

  it('does not part emits that differ only in kwargs and trace: they travel in one message', async () => {
    const [main, a, b] = await three();
    const posted: unknown[] = [];
    const post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = function (message: unknown) {
      posted.push(message);
      post.call(this, message);
    };
    a.next.push(undefined, trace(1), undefined, trace(2));
    for (let n = 0; n < 4; n++) a.ping.emit({ n });
    const got = [undefined, trace(1), undefined, trace(2)].map((came, n) => ['emit', came, { n }]);
    await eventually(() => expect([main.got, b.got]).toEqual([got, got]));
    BroadcastChannel.prototype.postMessage = post;
    const traces = [undefined, trace(1), undefined, trace(2)];
    const emits = posted.filter((message) => (message as { type: string }).type === 'emits') as { runs: object[] }[];
    expect(emits.map(({ runs }) => runs)).toEqual([
      [expect.objectContaining({ traces, kwargs: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }] })],
      [expect.objectContaining({ traces })],
    ]);
  });

  it('is undefined without one, and then no list of traces is posted', async () => {
    const [main, a] = await three();
    main.ping.emit({ n: 1 });
    await main.ping.send({ n: 2 });
    await eventually(() =>
      expect(a.got).toEqual([
        ['emit', undefined, { n: 1 }],
        ['send', undefined, { n: 2 }],
      ]),
    );
  });

  it('that is invalid counts as none; the send arrives (W14)', async () => {
    const [main, a] = await three();
    main.next.push({ traceparent: 'no' }, { ...trace(1), tracestate: '\n' });
    await main.ping.send({ n: 1 });
    await main.ping.send({ n: 2 });
    expect(a.got).toEqual([
      ['send', undefined, { n: 1 }],
      ['send', { traceparent: trace(1).traceparent }, { n: 2 }],
    ]);
  });
});

describe('a delivery from another thread (W18)', () => {
  it('runs in the async context in which the hub or link was made, for watchers, too', async () => {
    const storage = new AsyncLocalStorage<string>();
    const [main, a] = await storage.run('made', three);
    const stores: unknown[] = [];
    a.ping.connect(() => void stores.push(storage.getStore()));
    a.manager.watch({ onSend: () => void stores.push(storage.getStore()) });
    await storage.run('sending', () => main.ping.send());
    expect(stores).toEqual(['made', 'made']);
  });
});
