import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Signal, SignalManager } from '../../src/index.js';
import { Bridge, type Engine, memoryEngine } from '../../src/bridge/index.js';
import { record } from '../../src/testing/index.js';
import { ThreadHub } from '../../src/threads/index.js';
import { joinAs } from '../../src/threads/thread-link.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

// Taken when the module loads: a fake clock does not hold it up.
const realSetImmediate = setImmediate;
const immediate = (): Promise<void> => new Promise((resolve) => void realSetImmediate(resolve));

type Named = Signal<Record<string, unknown>>;

/** A manager with signals that it shares with the others. */
class Party {
  readonly manager: SignalManager;
  readonly asked: Named;
  readonly answered: Named;
  readonly done: Named;

  constructor(readonly name: string) {
    this.manager = new SignalManager({ name, onError: null });
    this.asked = this.manager.signal('asked');
    this.answered = this.manager.signal('answered');
    this.done = this.manager.signal('done');
  }

  get signals(): readonly Named[] {
    return [this.asked, this.answered, this.done];
  }
}

const closing: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];
afterEach(async () => {
  jest.useRealTimers();
  for (const each of closing.splice(0)) await each.close();
});

class PretendedWorker extends EventEmitter {
  static #last = 3_000_000;
  readonly threadId = (PretendedWorker.#last += 1);
}

/** Parties as a hub and links to it, in this thread. */
async function threads(...parties: Party[]): Promise<void> {
  const [main, ...workers] = parties;
  if (main === undefined) return;
  const hub = new ThreadHub(main.manager, { signals: main.signals });
  closing.push(hub);
  for (const { name, manager, signals } of workers) {
    const worker = new PretendedWorker();
    const joined = joinAs(worker.threadId, manager, { signals });
    const [link] = await Promise.all([joined, hub.attach(worker, { name })]);
    closing.unshift(link);
  }
}

async function nodes(...parties: Party[]): Promise<void> {
  const engine = memoryEngine();
  await nodesOn(() => engine, ...parties);
}

async function nodesOn(engineOf: (name: string) => Engine, ...parties: Party[]): Promise<void> {
  const bridges = parties.map(
    ({ name, manager }) => new Bridge(manager, engineOf(name), { namespace: 'tests', node: name }),
  );
  closing.unshift(...bridges);
  for (const [index, bridge] of bridges.entries()) {
    await Promise.all(parties[index]?.signals.map((signal) => bridge.share(signal)) ?? []);
  }
  await Promise.all(bridges.map((bridge) => bridge.ready({ nodes: bridges.length })));
}

/** Both kinds of clock, over both kinds of peers. */
const cases = [
  ['threads, real timers', threads, () => undefined],
  ['threads, fake timers', threads, () => void jest.useFakeTimers()],
  ['nodes, real timers', nodes, () => undefined],
  ['nodes, fake timers', nodes, () => void jest.useFakeTimers()],
] as const;

describe.each(cases)('settled over %s (S8)', (_what, share, install) => {
  let [a, b, c]: readonly [Party, Party, Party] = [new Party('a'), new Party('b'), new Party('c')];
  beforeEach(() => {
    [a, b, c] = [new Party('a'), new Party('b'), new Party('c')];
  });

  it('waits for the receivers of an emit in another thread or node', async () => {
    const order: string[] = [];
    b.asked.connect(async () => {
      for (let turn = 0; turn < 20; turn++) await immediate();
      order.push('handled');
    });
    await share(a, b);
    install();
    a.asked.emit({});
    await record(a.manager).settled();
    order.push('settled');
    expect(order).toEqual(['handled', 'settled']);
    expect(b.manager.pending).toBe(0);
  });

  it('waits for sends that peers make to each other, and for those that come back', async () => {
    const order: string[] = [];
    // a → b → c → b → a, each an emit, each after some turns of the event loop
    const slowly = (then: () => void) => async () => {
      for (let turn = 0; turn < 5; turn++) await immediate();
      then();
    };
    b.asked.connect(slowly(() => b.answered.emit({ to: 'c' })));
    c.answered.connect(
      slowly(() => c.answered.emit({ to: 'b' })),
      { once: true },
    );
    b.answered.connect(
      slowly(() => b.done.emit({})),
      { once: true },
    );
    a.done.connect(
      slowly(() => order.push('done')),
      { once: true },
    );
    await share(a, b, c);
    install();
    a.asked.emit({});
    await record(a.manager).settled();
    order.push('settled');
    expect(order).toEqual(['done', 'settled']);
  });

  it('waits for many chains, whoever is asked', async () => {
    let handled = 0;
    const relay = (own: Party) => async (kwargs: Record<string, unknown>) => {
      handled += 1;
      const left = Number(kwargs['left']);
      if (left % 3 === 0) await immediate();
      if (left > 0) own.asked.emit({ left: left - 1 });
    };
    await share(a, b, c);
    // Each party hears the sends of the other two, and its own: from three calls of the first send on, thrice as many.
    for (const party of [a, b, c]) party.asked.connect(relay(party));
    await Promise.all([a, b, c].map(({ manager }) => record(manager).settled()));
    install();
    a.asked.emit({ left: 4 });
    await record(a.manager).settled();
    expect(handled).toBe(3 + 9 + 27 + 81 + 243);
    c.asked.emit({ left: 2 });
    await record(c.manager).settled();
    expect(handled).toBe(3 + 9 + 27 + 81 + 243 + 3 + 9 + 27);
  });

  it('waits for several at once, in several threads or nodes', async () => {
    const slow = deferred();
    const order: string[] = [];
    b.asked.connect(() => slow.promise);
    await share(a, b, c);
    install();
    a.asked.emit({});
    const all = [a, a, b, c].map(({ manager, name }) =>
      record(manager)
        .settled()
        .then(() => order.push(name)),
    );
    for (let turn = 0; turn < 20; turn++) await immediate();
    expect(order).toEqual([]);
    slow.resolve();
    await Promise.all(all);
    expect(order.sort()).toEqual(['a', 'a', 'b', 'c']);
  });

  it('rejects with the names of those that are not done (S9), and goes on when they are', async () => {
    const slow = deferred();
    b.asked.connect(() => slow.promise);
    await share(a, b, c);
    install();
    a.asked.emit({});
    const recording = record(a.manager);
    await a.manager.drain(); // the other thread has taken the emit
    const error = await rejectionOf(recording.settled({ timeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT', timeoutMs: 20 });
    expect((error as { pending: string[] }).pending).toContain('b');
    slow.resolve();
    await recording.settled();
  });

  it('is not held up by a peer that leaves, or has left', async () => {
    b.asked.connect(() => new Promise(() => undefined));
    await share(a, b, c);
    a.asked.emit({});
    const settled = record(a.manager).settled();
    await flush();
    // The one of b: before the hub of a and after the link of c, or between the bridges.
    const [own] = closing.splice(1, 1);
    await own?.close({ timeoutMs: 0 });
    install();
    await settled;
    await record(a.manager).settled();
  });
});

/**
 * The engines of nodes whose messages to each other take several ways: those of one node to another arrive in order, but one
 * node may hear of a message from a third one before it gets it. `turnsOf` says how many turns the way takes.
 */
function engineOnManyWays(turnsOf: (from: string, to: string) => number): (name: string) => Engine {
  const subscribers: { subject: string; name: string; onMessage: (data: Uint8Array) => void }[] = [];
  const ways = new Map<string, Promise<void>>();
  return (name) => ({
    name: 'ways',
    publish(subject, data) {
      for (const subscriber of subscribers.filter((each) => each.subject === subject)) {
        const way = `${name} ${subscriber.name}`;
        const arrives = async (): Promise<void> => {
          for (let turns = turnsOf(name, subscriber.name); turns > 0; turns--) await immediate();
          subscriber.onMessage(data);
        };
        ways.set(way, (ways.get(way) ?? Promise.resolve()).then(arrives));
      }
    },
    subscribe(subject, onMessage) {
      const subscriber = { subject, name, onMessage };
      subscribers.push(subscriber);
      return Promise.resolve({
        [Symbol.asyncDispose]() {
          subscribers.splice(subscribers.indexOf(subscriber), 1);
          return Promise.resolve();
        },
      });
    },
  });
}

describe('settled over an engine whose messages take several ways (S8)', () => {
  it('waits for an emit between two peers that is long on its way', async () => {
    const [a, b, c] = [new Party('a'), new Party('b'), new Party('c')];
    const order: string[] = [];
    let slow = false;
    const engines = engineOnManyWays((from, to) => (slow && from === 'b' && to === 'c' ? 50 : 0));
    b.asked.connect(() => b.answered.emit({}));
    c.answered.connect(() => void order.push('handled'));
    await nodesOn(engines, a, b, c);
    slow = true;
    a.asked.emit({});
    await record(a.manager).settled();
    expect(order).toEqual(['handled']);
  });
});

describe('settled of a manager with several kinds of peers (S8)', () => {
  it('waits for the node of a thread', async () => {
    const [a, b, c] = [new Party('a'), new Party('b'), new Party('c')];
    const order: string[] = [];
    b.asked.connect(() => b.answered.emit({}));
    c.answered.connect(async () => {
      for (let turn = 0; turn < 20; turn++) await immediate();
      order.push('handled');
    });
    await threads(a, b);
    const engine = memoryEngine();
    for (const party of [b, c]) {
      const bridge = new Bridge(party.manager, engine, { namespace: 'tests', node: party.name });
      closing.unshift(bridge);
      await bridge.share(party.answered);
    }
    await flush();
    a.asked.emit({});
    await record(a.manager).settled();
    expect(order).toEqual(['handled']);
  });
});
