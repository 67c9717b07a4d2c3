import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Signal, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';
import { verbs } from './helpers/verbs.js';

const signal = Symbol('started');
const failure = new Error('receiver failed');

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  jest.useRealTimers();
  // An unhandled rejection fails the test that is running.
  await flush();
  jest.restoreAllMocks();
});

describe('without an onError (R14)', () => {
  it('console.error names signal and receiver, and gets the error, but never the kwargs', () => {
    const print = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const manager = new SignalManager();
    function openDatabase(): void {
      throw failure;
    }
    manager.connect(openDatabase, signal);
    manager.sendSync(signal, { password: 's3cret', nested: { token: 's3cret' } });
    expect(print).toHaveBeenCalledTimes(1);
    const printed: unknown[] = print.mock.calls[0] ?? [];
    const [line] = printed;
    expect(line).toEqual(expect.stringMatching(/^[^\n]*started[^\n]*$/));
    expect(line).toEqual(expect.stringContaining('openDatabase'));
    expect(printed).toContain(failure);
    expect(JSON.stringify(printed)).not.toContain('s3cret');
  });

  it('console.error names a Signal by its name', () => {
    const print = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const named = new Signal<{ password: string }>({ manager: new SignalManager(), name: 'serverStart' });
    const onStart = () => {
      throw failure;
    };
    named.connect(onStart);
    named.sendSync({ password: 's3cret' });
    expect(print).toHaveBeenCalledTimes(1);
    expect(print.mock.calls[0]?.[0]).toEqual(expect.stringContaining('serverStart'));
    expect(print.mock.calls[0]?.[0]).toEqual(expect.stringContaining('onStart'));
  });

  it('console.error gets late rejections, too', async () => {
    const print = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const manager = new SignalManager();
    manager.connect(() => Promise.reject(failure), signal);
    manager.emit(signal);
    await flush();
    expect(print).toHaveBeenCalledTimes(1);
    expect(print.mock.calls[0]).toContain(failure);
  });

  it('null is silent', async () => {
    const print = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const manager = new SignalManager({ onError: null });
    manager.connect(() => Promise.reject(failure), signal);
    manager.connect(() => {
      throw failure;
    }, signal);
    expect(await manager.send(signal)).toHaveLength(2);
    manager.emit(signal);
    expect(manager.sendSync(signal)).toHaveLength(2);
    await flush();
    expect(print).not.toHaveBeenCalled();
  });

  it('console.error that fails to print an error still names signal and receiver', () => {
    const printed: unknown[] = [];
    jest.spyOn(console, 'error').mockImplementation((headline, error) => {
      if (error === failure) throw new Error('no way to print it');
      printed.push([headline, error]);
    });
    const manager = new SignalManager();
    manager.connect(function throws() {
      throw failure;
    }, signal);
    manager.emit(signal);
    expect(printed).toEqual([[expect.stringMatching(/started.*throws|throws.*started/), expect.any(String)]]);
  });

  it('console.error that throws harms nothing', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => {
      throw new Error('no console');
    });
    const manager = new SignalManager();
    const throws = () => {
      throw failure;
    };
    const after = () => 'after';
    manager.connect(throws, signal);
    manager.connect(after, signal);
    expect(await manager.send(signal)).toEqual([rejected(throws, failure), fulfilled(after, 'after')]);
  });

  it.each<[string, PropertyDescriptor]>([
    [
      'cannot be read',
      {
        get() {
          throw new Error('no name');
        },
      },
    ],
    ['is no string', { value: Symbol('name') }],
  ])('a receiver whose name %s harms nothing', async (_what, descriptor) => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const manager = new SignalManager();
    const never = () => new Promise(() => undefined);
    const throws = () => {
      throw failure;
    };
    const after = () => 'after';
    for (const receiver of [never, throws]) Object.defineProperty(receiver, 'name', descriptor);
    for (const receiver of [never, throws, after]) manager.connect(receiver, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 50 });
    await jest.advanceTimersByTimeAsync(50);
    expect(await sent).toMatchObject([{ status: 'rejected' }, { reason: failure }, { value: 'after' }]);
    expect(manager.sendSync(signal)).toMatchObject([{ status: 'rejected' }, { reason: failure }, { value: 'after' }]);
    expect(manager.explain(signal)).toHaveLength(3);
    expect(manager.pending).toBe(0);
  });
});

describe('an onError that fails itself (R14)', () => {
  const onErrors: [what: string, onError: () => void][] = [
    [
      'throws',
      () => {
        throw new Error('onError failed');
      },
    ],
    ['rejects', () => Promise.reject(new Error('onError failed'))],
    ['rejects in another realm', runInNewContext('() => Promise.reject(new Error("onError failed"))') as () => void],
    [
      'returns a broken thenable',
      () => ({
        get then() {
          throw new Error('onError failed');
        },
      }),
    ],
  ];

  describe.each(onErrors)('one that %s', (_what, onError) => {
    it.each(verbs)('harms nothing: %s', async (_verb, send) => {
      jest.spyOn(console, 'error').mockImplementation(() => undefined);
      const manager = new SignalManager({ onError });
      const after = jest.fn(() => 'after');
      const throws = () => {
        throw failure;
      };
      manager.connect(throws, signal);
      manager.connect(after, signal);
      manager.connect(throws, signal, { uid: 'again' });
      const results = await send(manager, signal);
      if (results !== undefined) {
        expect(results).toEqual([rejected(throws, failure), fulfilled(after, 'after'), rejected(throws, failure)]);
      }
      expect(after).toHaveBeenCalledTimes(1);
      await flush();
      expect(manager.pending).toBe(0);
      await manager.drain();
    });

    it('harms nothing when a receiver is late', async () => {
      jest.spyOn(console, 'error').mockImplementation(() => undefined);
      const manager = new SignalManager({ onError });
      const gate = deferred();
      const receiver = () => gate.promise;
      manager.connect(receiver, signal);
      manager.connect(receiver, signal, { uid: 'again' });
      const sent = manager.send(signal);
      manager.emit(signal);
      gate.reject(failure);
      expect(await sent).toEqual([rejected(receiver, failure), rejected(receiver, failure)]);
      await flush();
      expect(manager.pending).toBe(0);
    });
  });

  it('sends itself from within onError', () => {
    const failed = Symbol('failed');
    const seen = jest.fn();
    const manager: SignalManager = new SignalManager({ onError: (error) => manager.emit(failed, { error }) });
    manager.connect(seen, failed);
    const throws = () => {
      throw failure;
    };
    manager.connect(throws, signal);
    expect(manager.sendSync(signal)).toEqual([rejected(throws, failure)]);
    expect(seen.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ error: failure }]);
  });
});
