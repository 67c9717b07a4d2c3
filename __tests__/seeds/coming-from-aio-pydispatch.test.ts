/**
 * The table "coming from aio_pydispatch, pyDispatcher and Scrapy", row by row: what is called how here, and what is
 * better. Scrapy's extensions are in examples/extensions, tested in __tests__/examples.
 */
import { afterEach, describe, expect, it, jest } from '@jest/globals';

import {
  ANY,
  AsyncReceiverError,
  connect,
  disconnect,
  emit,
  send,
  sharedManager,
  Signal,
  SignalManager,
} from '../../src/index.js';
import { deferred } from '../helpers/promises.js';
import { callList, fulfilled, rejected } from '../helpers/results.js';

afterEach(() => {
  sharedManager().disconnectAll();
});

describe('SignalManager(), server_start = object() → new SignalManager(), {} or Symbol() or a Signal', () => {
  it.each([
    ['an object', {}],
    ['a symbol', Symbol('server_start')],
    ['a Signal', new Signal({ name: 'server_start' })],
  ])(
    'takes %s as signal, and managers are isolated from each other (R1)',
    async (_kind, serverStart: object | symbol) => {
      const [first, second] = [new SignalManager(), new SignalManager()];
      const { calls, receiver } = callList();
      first.connect(receiver('first'), serverStart);
      second.connect(receiver('second'), serverStart);

      await first.send(serverStart);

      expect(calls).toEqual(['first']);
    },
  );
});

describe('connect(receiver, signal, sender=), connect_via → connect(receiver, signal, { sender }), connectVia', () => {
  const serverStart = {};

  it('connects for one sender', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    manager.connect(receiver('for the web'), serverStart, { sender: 'web' });

    await manager.send(serverStart, {}, { sender: 'mail' });
    await manager.send(serverStart, {}, { sender: 'web' });

    expect(calls).toEqual(['for the web']);
  });

  it('connects a function where it is declared, and leaves it as it is', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const start = receiver('start');

    expect(manager.connectVia(serverStart)(start)).toBe(start);

    await manager.send(serverStart);
    expect(calls).toEqual(['start']);
  });

  it('connects a method of every instance as a decorator', async () => {
    const manager = new SignalManager();
    const started: string[] = [];
    class Service {
      readonly name: string;

      constructor(name: string) {
        this.name = name;
      }

      @manager.connectVia(serverStart)
      start(): void {
        started.push(this.name);
      }
    }
    const services = [new Service('web'), new Service('mail')];

    await manager.send(serverStart);

    expect(started).toEqual(services.map(({ name }) => name));
  });
});

describe('await send(signal, **kw) → await send(signal, kwargs)', () => {
  it('returns receiver, status and value or reason of each (R13)', async () => {
    const manager = new SignalManager({ onError: null });
    const signal = {};
    const error = new Error('not today');
    const answering = ({ data }: { data: string }): string => data.toUpperCase();
    const failing = async (): Promise<never> => {
      throw error;
    };
    manager.connect(answering, signal);
    manager.connect(failing, signal);

    expect(await manager.send(signal, { data: 'xxx' })).toEqual([
      fulfilled(answering, 'XXX'),
      rejected(failing, error),
    ]);
  });

  it('runs the receivers concurrently', async () => {
    const manager = new SignalManager();
    const signal = {};
    const secondHasBegun = deferred();
    manager.connect(() => secondHasBegun.promise, signal);
    manager.connect(() => secondHasBegun.resolve(), signal);

    const results = await manager.send(signal);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });
});

describe('dont_log=Exc → { expected: [Exc] }', () => {
  it('returns the error and does not report it; other errors are reported (R14)', async () => {
    class NotForMe extends Error {}
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const signal = {};
    const [expected, unexpected] = [new NotForMe(), new Error('not today')];
    const declining = (): never => {
      throw expected;
    };
    const failing = (): never => {
      throw unexpected;
    };
    manager.connect(declining, signal);
    manager.connect(failing, signal);

    const results = await manager.send(signal, {}, { expected: [NotForMe] });

    expect(results).toEqual([rejected(declining, expected), rejected(failing, unexpected)]);
    expect(onError.mock.calls).toEqual([
      [unexpected, { signal, source: 'receiver', receiver: failing, sender: undefined }],
    ]);
  });
});

describe('disconnect_all(signal) → disconnectAll(signal)', () => {
  it('removes all of them', () => {
    const manager = new SignalManager();
    const [signal, other] = [{}, {}];
    const { receiver } = callList();
    const remaining = receiver('remaining');
    for (const name of ['first', 'second', 'third']) manager.connect(receiver(name), signal);
    manager.connect(remaining, other);

    expect(manager.disconnectAll(signal)).toBe(3);

    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.receivers(other)).toEqual([remaining]);
  });
});

describe("pyDispatcher's Any, send, connect, getAllReceivers, liveReceivers → ANY, the functions, receivers()", () => {
  it('has the functions, and they work on the shared manager (R20)', async () => {
    const signal = {};
    const { calls, receiver } = callList();
    const [first, watching] = [receiver('first'), receiver('watching')];
    connect(first, signal);
    connect(watching, ANY);

    expect(sharedManager().receivers(signal)).toEqual([first, watching]);
    expect(await send(signal)).toEqual([fulfilled(first, 'first'), fulfilled(watching, 'watching')]);
    expect(disconnect(first, signal)).toBe(true);
    emit(signal);

    expect(calls).toEqual(['first', 'watching', 'watching']);
  });

  it('skips nobody when a receiver disconnects itself (R15)', async () => {
    const manager = new SignalManager();
    const signal = {};
    const { calls, receiver } = callList();
    const leaving = (): void => {
      calls.push('leaving');
      manager.disconnect(leaving, signal);
    };
    manager.connect(leaving, signal);
    manager.connect(receiver('next'), signal);
    manager.connect(receiver('last'), signal);

    await manager.send(signal);
    await manager.send(signal);

    expect(calls).toEqual(['leaving', 'next', 'last', 'next', 'last']);
  });
});

describe("scrapy's send_catch_log, send_catch_log_async, wait_for → sendSync, send, wait", () => {
  it('reports a promise that is given to sendSync', () => {
    const manager = new SignalManager({ onError: null });
    const signal = {};
    const answering = (): string => 'now';
    const later = async (): Promise<string> => 'later';
    manager.connect(answering, signal);
    manager.connect(later, signal);

    expect(manager.sendSync(signal)).toEqual([
      fulfilled(answering, 'now'),
      rejected(later, expect.any(AsyncReceiverError)),
    ]);
  });

  it('waits for the next send (R21)', async () => {
    const manager = new SignalManager();
    const signal = new Signal<{ item: string }>();
    const waiting = manager.wait(signal);

    manager.emit(signal, { item: 'book' });

    expect((await waiting).kwargs).toEqual({ item: 'book' });
  });
});

describe("scrapy's order by number → priority", () => {
  it('calls higher priorities earlier, and equal ones in the order of connecting (R9)', async () => {
    const manager = new SignalManager();
    const signal = {};
    const { calls, receiver } = callList();
    manager.connect(receiver('last'), signal, { priority: -1 });
    manager.connect(receiver('second'), signal);
    manager.connect(receiver('third'), signal);
    manager.connect(receiver('first'), signal, { priority: 1 });

    await manager.send(signal);

    expect(calls).toEqual(['first', 'second', 'third', 'last']);
  });
});
