import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type BusErrorReport, BusShutdownError, SignalBus, type SubscriberOptions } from '../../src/bus/index.js';
import { SignalManager } from '../../src/index.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

// Taken before it is faked: what a fake clock calls is not part of the code that set the timer.
const realSetImmediate = setImmediate;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const after = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));

describe('SignalBus#stop', () => {
  it('waits until what slow subscribers publish has been handled by the topics behind them (B5)', async () => {
    const bus = new SignalBus();
    const received: string[] = [];
    bus.subscriber('a', async (payload: string) => {
      await after(1_000);
      await bus.publish('b', `${payload}b`);
    });
    bus.subscriber('b', async (payload: string) => {
      await after(1_000);
      await bus.publish('c', `${payload}c`);
    });
    bus.subscriber('c', (payload: string) => received.push(payload));
    await bus.start();
    await bus.publish('a', 'a');

    const stopped = bus.stop();
    await jest.advanceTimersByTimeAsync(1_999);
    expect({ received, running: bus.running }).toEqual({ received: [], running: true });
    await jest.advanceTimersByTimeAsync(1);
    await stopped;

    expect({ received, running: bus.running }).toEqual({ received: ['abc'], running: false });
  });

  it('lets a cycle of topics die out (B5)', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    bus.subscriber('ping', async (left: number) => {
      received.push(left);
      if (left > 0) await bus.publish('pong', left - 1);
    });
    bus.subscriber('pong', async (left: number) => {
      await after(10);
      await bus.publish('ping', left);
    });
    await bus.start();
    void bus.publish('ping', 3);
    const stopped = bus.stop();
    await jest.advanceTimersByTimeAsync(30);
    await stopped;
    expect(received).toEqual([3, 2, 1, 0]);
  });

  it('finishes the run in hand of a periodic task, publishes what it made, and starts no other (B5)', async () => {
    const bus = new SignalBus();
    const received: string[] = [];
    let runs = 0;
    const fetchRows = bus.publisher('rows', async () => {
      runs += 1;
      await after(100);
      return `run ${runs}`;
    });
    bus.periodicTask({ periodMs: 10 }, fetchRows);
    bus.subscriber('rows', (rows: string) => received.push(rows));
    await bus.start();
    await jest.advanceTimersByTimeAsync(50);

    const stopped = bus.stop();
    await jest.advanceTimersByTimeAsync(1_000);
    await stopped;

    expect({ runs, received }).toEqual({ runs: 1, received: ['run 1'] });
  });

  it('does not even start the first run of a task when it comes first', async () => {
    const bus = new SignalBus();
    const task = jest.fn();
    bus.periodicTask({ periodMs: 10 }, task);
    void bus.start();
    await bus.stop();
    expect(task).not.toHaveBeenCalled();
  });

  it('accepts what is published meanwhile, from outside too (B5)', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    bus.subscriber('a', async (payload: number) => {
      await after(100);
      received.push(payload);
    });
    await bus.start();
    await bus.publish('a', 1);
    const stopped = bus.stop();
    await jest.advanceTimersByTimeAsync(50);
    await bus.publish('a', 2);
    await jest.advanceTimersByTimeAsync(100);
    await stopped;
    expect(received).toEqual([1, 2]);
  });

  it('waits for publishes that wait for room', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    const options = { concurrency: 1, limit: 1 };
    bus.subscriber(
      'a',
      async (payload: number) => {
        await after(10);
        received.push(payload);
      },
      options,
    );
    await bus.start();
    for (const payload of [1, 2, 3, 4, 5]) void bus.publish('a', payload);
    const stopped = bus.stop();
    await jest.advanceTimersByTimeAsync(50);
    await stopped;
    expect(received).toEqual([1, 2, 3, 4, 5]);
  });

  it('delivers to all others when the manager of one bus is closed, and the publish rejects', async () => {
    const [open, closed] = [new SignalBus(), new SignalManager()];
    const other = new SignalBus({ manager: closed });
    other.connect(open);
    const received: number[] = [];
    open.subscriber('a', (payload: number) => received.push(payload));
    await other.start();
    await closed.close();
    expect(await rejectionOf(open.publish('a', 1))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    await other.stop();
    expect(received).toEqual([1]);
  });

  it('waits for what a publish that waits for room holds when its subscription has been aborted', async () => {
    const bus = new SignalBus();
    const abort = new AbortController();
    const received: number[] = [];
    const options = { concurrency: 1, limit: 1, abortSignal: abort.signal };
    bus.subscriber('a', (payload: number) => received.push(payload), options);
    const publishes = [1, 2, 3].map((payload) => bus.publish('a', payload));
    abort.abort(); // while the bus is stopped
    await bus.run(() => undefined);
    await Promise.all(publishes);
    expect(received).toEqual([1, 2, 3]);
  });

  it('keeps what is published once it is done for the next start (B3)', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    bus.subscriber('a', (payload: number) => received.push(payload));
    await bus.run(() => bus.publish('a', 1));
    await bus.publish('a', 2);
    await flush();
    expect(received).toEqual([1]);
    await bus.run(() => undefined);
    expect(received).toEqual([1, 2]);
  });

  it('past `timeoutMs` rejects with all that is left, and the bus is stopped (B5)', async () => {
    const bus = new SignalBus({ name: 'shop' });
    const hand = deferred();
    const slow = bus.subscriber(
      'a',
      function slow() {
        return hand.promise;
      },
      { concurrency: 1, limit: 2 },
    );
    bus.batchSubscriber(
      'a',
      function many() {
        return hand.promise;
      },
      { concurrency: 1, maxItems: 2 },
    );
    bus.periodicTask({ periodMs: 10 }, function poll() {
      return hand.promise;
    });
    await bus.start();
    const publishes = [1, 2, 3, 4].map((payload) => bus.publish('a', payload));
    await flush();

    const outcome = rejectionOf(bus.stop({ timeoutMs: 500 }));
    const waiting = rejectionOf(Promise.all(publishes));
    await jest.advanceTimersByTimeAsync(500);
    const error = await outcome;

    expect(slow.name).toBe('slow');
    expect(error).toBeInstanceOf(BusShutdownError);
    expect(error).toMatchObject({
      code: 'ERR_BUS_SHUTDOWN',
      timeoutMs: 500,
      undelivered: [
        { topic: 'a', subscriber: 'slow', payloads: [2, 3, 4] },
        { topic: 'a', subscriber: 'many', payloads: [3, 4] },
      ],
      running: [
        { topic: 'a', name: 'slow' },
        { topic: 'a', name: 'many' },
        { topic: undefined, name: 'poll' },
      ],
    });
    expect((error as Error).message).toBe(
      'Not drained within 500 ms; undelivered: 3 of topic "a" for slow, 2 of topic "a" for many; ' +
        'running: slow of topic "a", many of topic "a", poll',
    );
    expect(await waiting).toBe(error);
    expect(bus.running).toBe(false);
    hand.resolve();
    await flush();
  });

  it('leaves empty queues behind then: the next start delivers nothing of before (B5)', async () => {
    const bus = new SignalBus();
    const hand = deferred();
    const received: number[] = [];
    const work = (payload: number): Promise<void> => {
      received.push(payload);
      return hand.promise;
    };
    bus.subscriber('a', work, { concurrency: 1 });
    await bus.start();
    for (const payload of [1, 2]) await bus.publish('a', payload);
    const outcome = rejectionOf(bus.stop({ timeoutMs: 0 }));
    await jest.advanceTimersByTimeAsync(0);
    expect(await outcome).toBeInstanceOf(BusShutdownError);

    await bus.start();
    await bus.publish('a', 3);
    await flush();
    expect(received).toEqual([1, 3]); // the call from before takes no room (B13)
    hand.resolve();
    await bus.stop();
    expect(received).toEqual([1, 3]);
  });

  it('waits 120 seconds unless told otherwise, and without limit for Infinity', async () => {
    const hand = deferred();
    const outcomes: unknown[] = [];
    const buses = [
      new SignalBus(),
      new SignalBus({ shutdownTimeoutMs: 10 }),
      new SignalBus({ shutdownTimeoutMs: Infinity }),
    ];
    for (const bus of buses) {
      bus.subscriber('a', () => hand.promise);
      await bus.start();
      await bus.publish('a', 1);
      bus.stop().then(
        () => outcomes.push('stopped'),
        (error: unknown) => outcomes.push((error as BusShutdownError).timeoutMs),
      );
    }
    await jest.advanceTimersByTimeAsync(119_999);
    expect(outcomes).toEqual([10]);
    await jest.advanceTimersByTimeAsync(1);
    expect(outcomes).toEqual([10, 120_000]);
    hand.resolve();
    await flush();
    expect(outcomes).toEqual([10, 120_000, 'stopped']);
  });

  describe('called from inside', () => {
    it.each([
      ['before the first await', () => Promise.resolve()],
      ['after an await', () => after(10)],
    ])('by a subscriber, %s, starts the stop and does not wait for itself (B5)', async (_when, before) => {
      const bus = new SignalBus();
      const steps: string[] = [];
      bus.subscriber('quit', async () => {
        await before();
        await bus.stop();
        steps.push(`after stop: ${bus.running ? 'running' : 'stopped'}`);
        await bus.publish('last', 'words');
      });
      bus.subscriber('last', (payload: string) => steps.push(payload));
      await bus.start();
      await bus.publish('quit', 1);
      await jest.advanceTimersByTimeAsync(10);
      await bus.stop();
      expect(steps).toEqual(['after stop: running', 'words']);
      expect(bus.running).toBe(false);
    });

    it('through a publisher, a helper function and a timer that it awaits (B5)', async () => {
      const bus = new SignalBus();
      const steps: string[] = [];
      const quit = bus.publisher('last', async () => {
        await new Promise<void>((resolve, reject) => {
          realSetImmediate(() => {
            bus.stop().then(resolve, reject);
          });
        });
        return 'words';
      });
      bus.subscriber('quit', async () => {
        await flush();
        await Promise.all([quit(), flush()]);
        steps.push('quit');
      });
      bus.subscriber('last', (payload: string) => steps.push(payload));
      await bus.start();
      await bus.publish('quit', 1);
      for (let round = 0; round < 3; round++) await flush();
      await bus.stop();
      expect({ steps: steps.sort(), running: bus.running }).toEqual({ steps: ['quit', 'words'], running: false });
    });

    it('is not what other code does meanwhile: that waits for all (B5)', async () => {
      const bus = new SignalBus();
      const hand = deferred();
      bus.subscriber('slow', () => hand.promise);
      bus.subscriber('fast', () => undefined);
      await bus.start();
      await bus.publish('slow', 1);
      await bus.publish('fast', 1);
      let stopped = false;
      const stop = bus.stop().then(() => (stopped = true));
      await flush();
      expect(stopped).toBe(false);
      hand.resolve();
      await stop;
    });

    it('by a periodic task (B5)', async () => {
      const bus = new SignalBus();
      let runs = 0;
      bus.periodicTask({ periodMs: 10 }, async () => {
        runs += 1;
        if (runs === 3) await bus.stop();
      });
      await bus.start();
      await jest.advanceTimersByTimeAsync(1_000);
      expect({ runs, running: bus.running }).toEqual({ runs: 3, running: false });
    });

    it('and failing is reported, since nobody waits for it', async () => {
      const reports: [unknown, BusErrorReport][] = [];
      const bus = new SignalBus({ name: 'shop', onError: (error, report) => reports.push([error, report]) });
      const hand = deferred();
      bus.subscriber('quit', async () => {
        await bus.stop({ timeoutMs: 10 });
        await hand.promise;
      });
      await bus.start();
      await bus.publish('quit', 1);
      await jest.advanceTimersByTimeAsync(10);
      expect(reports).toEqual([[expect.any(BusShutdownError), { topic: undefined, source: 'shutdown', name: 'shop' }]]);
      hand.resolve();
      await flush();
    });

    it('after the call has ended waits as from anywhere', async () => {
      const bus = new SignalBus();
      const hand = deferred();
      const later = deferred();
      let stopped: Promise<void> | undefined;
      bus.subscriber('quit', () => {
        // What a promise calls is still part of the code that was waiting for it, but not of the call.
        void later.promise.then(() => {
          stopped = bus.stop();
        });
      });
      bus.subscriber('slow', () => hand.promise);
      await bus.start();
      await bus.publish('quit', 1);
      await bus.publish('slow', 1);
      await flush();
      later.resolve();
      await flush();
      let done = false;
      void stopped?.then(() => (done = true));
      await flush();
      expect(done).toBe(false);
      hand.resolve();
      await stopped;
    });
  });
});

describe('a bus that stops and starts (B6)', () => {
  it('works again after a stop', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    let ticks = 0;
    bus.subscriber('a', (payload: number) => received.push(payload));
    bus.periodicTask({ periodMs: 10 }, () => (ticks += 1));
    for (const payload of [1, 2]) {
      await bus.run(async () => {
        await bus.publish('a', payload);
        await jest.advanceTimersByTimeAsync(10);
      });
    }
    expect({ received, ticks }).toEqual({ received: [1, 2], ticks: 4 });
  });

  it('start during a stop waits for it', async () => {
    const bus = new SignalBus();
    const steps: string[] = [];
    bus.subscriber('a', async () => {
      await after(100);
      steps.push('handled');
    });
    bus.periodicTask({ periodMs: 1_000 }, () => steps.push('task'));
    await bus.start();
    await bus.publish('a', 1);
    await flush();
    const stopped = bus.stop().then(() => steps.push('stopped'));
    const started = bus.start().then(() => steps.push('started'));
    const again = bus.start();
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all([stopped, started, again]);
    expect({ steps: steps.slice(0, 4), running: bus.running }).toEqual({
      steps: ['task', 'handled', 'stopped', 'task'],
      running: true,
    });
    await bus.stop();
  });

  it('a stop after a start that waits for a stop stops again', async () => {
    const bus = new SignalBus();
    bus.subscriber('a', () => after(100));
    await bus.start();
    await bus.publish('a', 1);
    const calls = [bus.stop(), bus.start(), bus.stop()];
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all(calls);
    expect(bus.running).toBe(false);
  });

  it('whoever is called last decides, however often they are called during a stop', async () => {
    const bus = new SignalBus();
    const task = jest.fn();
    bus.subscriber('a', () => after(100));
    bus.periodicTask({ periodMs: 1_000 }, task);
    await bus.start();
    await bus.publish('a', 1);
    const calls = [bus.stop(), bus.start(), bus.stop(), bus.start()];
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all(calls);
    expect({ running: bus.running, runs: task.mock.calls.length }).toEqual({ running: true, runs: 2 });
    await bus.stop();
  });

  it('starts after a stop that failed', async () => {
    const bus = new SignalBus();
    const hand = deferred();
    bus.subscriber('a', () => hand.promise);
    await bus.start();
    await bus.publish('a', 1);
    const outcome = rejectionOf(bus.stop({ timeoutMs: 10 }));
    const started = bus.start();
    await jest.advanceTimersByTimeAsync(10);
    await outcome;
    await started;
    expect(bus.running).toBe(true);
    hand.resolve();
    await bus.stop();
  });

  it('start twice and stop twice are no-ops', async () => {
    const bus = new SignalBus();
    const task = jest.fn();
    await bus.stop();
    bus.periodicTask({ periodMs: 10 }, task);
    await Promise.all([bus.start(), bus.start()]);
    await flush();
    expect(task).toHaveBeenCalledTimes(1);
    await Promise.all([bus.stop(), bus.stop()]);
    await bus.stop();
    expect(bus.running).toBe(false);
  });

  it('is stopped by `await using`', async () => {
    const received: number[] = [];
    const bus = new SignalBus();
    {
      await using using = bus;
      using.subscriber('a', (payload: number) => received.push(payload));
      await using.start();
      await using.publish('a', 1);
    }
    expect({ received, running: bus.running }).toEqual({ received: [1], running: false });
  });
});

describe('SignalBus#run (B6)', () => {
  it('resolves with what the body returned, drained and stopped', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    bus.subscriber('a', (payload: number) => received.push(payload));
    expect(await bus.run(() => bus.publish('a', 1).then(() => 'result'))).toBe('result');
    expect({ received, running: bus.running }).toEqual({ received: [1], running: false });
  });

  it('drains and stops when the body throws, then rethrows', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    bus.subscriber('a', (payload: number) => received.push(payload));
    const run = bus.run(() => {
      void bus.publish('a', 1);
      throw 'expected';
    });
    expect(await rejectionOf(run)).toBe('expected');
    expect({ received, running: bus.running }).toEqual({ received: [1], running: false });
  });

  it('reports a shutdown error that comes besides', async () => {
    const reports: unknown[] = [];
    const bus = new SignalBus({ shutdownTimeoutMs: 10, onError: (error, report) => reports.push([error, report]) });
    const hand = deferred();
    bus.subscriber('a', () => hand.promise);
    const run = rejectionOf(
      bus.run(async () => {
        await bus.publish('a', 1);
        throw 'expected';
      }),
    );
    await jest.advanceTimersByTimeAsync(10);
    expect(await run).toBe('expected');
    expect(reports).toEqual([
      [expect.any(BusShutdownError), { topic: undefined, source: 'shutdown', name: '(unnamed)' }],
    ]);
    hand.resolve();
    await flush();
  });

  it('rejects with a shutdown error that comes alone', async () => {
    const bus = new SignalBus({ shutdownTimeoutMs: 10 });
    const hand = deferred();
    bus.subscriber('a', () => hand.promise);
    const run = rejectionOf(bus.run(() => bus.publish('a', 1)));
    await jest.advanceTimersByTimeAsync(10);
    expect(await run).toBeInstanceOf(BusShutdownError);
    hand.resolve();
    await flush();
  });
});

describe('a call that still hangs after a stop that gave up', () => {
  /** Its first call hangs until `hand` settles, and the bus has been stopped meanwhile. */
  async function hanging(options?: SubscriberOptions) {
    const reported: unknown[] = [];
    const bus = new SignalBus({ onError: (error) => reported.push(error) });
    const hand = deferred();
    const received: number[] = [];
    const receive = async (payload: number): Promise<void> => {
      received.push(payload);
      if (payload === 1) await hand.promise;
    };
    bus.subscriber('topic', receive, { concurrency: 1, ...options });
    await bus.start();
    for (const payload of [1, 2]) void bus.publish('topic', payload);
    await flush();
    const outcome = rejectionOf(bus.stop({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    expect(await outcome).toMatchObject({ running: [{ topic: 'topic', name: 'receive' }] });
    return { bus, hand, received, reported };
  }

  it('takes no room in the next start, and the next stop does not wait for it (B13)', async () => {
    const { bus, hand, received, reported } = await hanging();
    await bus.run(() => bus.publish('topic', 3));
    expect(received).toEqual([1, 3]);
    hand.resolve();
    await flush();
    await bus.run(() => bus.publish('topic', 4));
    expect({ received, reported }).toEqual({ received: [1, 3, 4], reported: [] });
  });

  it('is reported when it fails in the next start (B4, B13)', async () => {
    const { bus, hand, received, reported } = await hanging();
    await bus.start();
    await bus.publish('topic', 3);
    hand.reject('late');
    await bus.stop();
    expect({ received, reported }).toEqual({ received: [1, 3], reported: ['late'] });
  });

  it('keeps the stop waiting for the calls of its own start when it ends (B13)', async () => {
    const bus = new SignalBus();
    const hands = [deferred(), deferred()];
    const ended: number[] = [];
    bus.subscriber(
      'topic',
      async (payload: number) => {
        await hands[payload]?.promise;
        ended.push(payload);
      },
      { concurrency: 1 },
    );
    await bus.start();
    await bus.publish('topic', 0);
    const outcome = rejectionOf(bus.stop({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    await outcome;

    await bus.start();
    for (const payload of [1, 2]) await bus.publish('topic', payload);
    const stopped = bus.stop().then(() => ended.push(-1));
    hands[0]?.resolve();
    await flush();
    // It gives no room, either: 2 still waits for 1.
    expect({ ended, running: bus.running }).toEqual({ ended: [0], running: true });
    hands[1]?.resolve();
    await stopped;
    expect(ended).toEqual([0, 1, 2, -1]);
  });

  it('still ends an aborted subscription (B3, B13)', async () => {
    const abort = new AbortController();
    const { bus, hand, received } = await hanging({ abortSignal: abort.signal });
    abort.abort();
    await bus.run(() => bus.publish('topic', 3));
    expect(received).toEqual([1]);
    hand.resolve();
    await flush();
  });
});
