import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as signalbox from '../src/index.js';
import { processShared } from '../src/internal/process-shared.js';
import { watchUnlessClosed } from '../src/manager/watch-managers.js';
import { collectGarbage } from './helpers/gc.js';

const { ANY, Signal, SignalManager, managers, onManager, sharedManager } = signalbox;

/** The library loaded a second time, as another bundle or the other module format would have it. */
let copy: typeof signalbox;
const open: Disposable[] = [];

beforeAll(async () => {
  await jest.isolateModulesAsync(async () => {
    copy = await import('../src/index.js');
  });
});

afterEach(() => {
  for (const each of open.splice(0)) each[Symbol.dispose]();
});

describe('managers() (W19)', () => {
  it('lists live managers in creation order, those of other copies included', () => {
    const made = [new SignalManager(), new copy.SignalManager(), new SignalManager()];
    expect(managers().slice(-3)).toEqual(made);
    expect(copy.managers()).toEqual(managers());
  });

  it('lists the shared manager once it is used', () => {
    const shared = sharedManager();
    expect(managers().filter((manager) => manager === shared)).toEqual([shared]);
  });

  it('returns a new array at each call', () => {
    managers().length = 0;
    expect(managers()).toContain(sharedManager());
  });

  it('keeps no manager alive', async () => {
    const before = managers().length;
    for (let i = 0; i < 10; i++) new SignalManager();
    await collectGarbage();
    expect(managers().length).toBeLessThanOrEqual(before);
    const known = processShared('managers', (): { managers: Set<unknown> } => ({ managers: new Set() }));
    expect(known.managers.size).toBe(managers().length);
  });

  it('no longer lists a manager when its `close` is done', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager({ onError: null });
    let finish = (): void => undefined;
    manager.connect(() => new Promise<void>((resolve) => (finish = resolve)), ANY);
    manager.emit(Symbol('saved'));
    const closing = expect(manager.close({ timeoutMs: 5 })).rejects.toThrow('5');
    await jest.advanceTimersByTimeAsync(5);
    await closing;
    jest.useRealTimers();
    expect(managers()).toContain(manager);
    const closed = manager.close();
    expect(managers()).toContain(manager);
    finish();
    await closed;
    expect(managers()).not.toContain(manager);
  });

  it('no longer lists a manager whose first `close` gave up after it had disconnected everything (R23, W17)', async () => {
    const manager = new SignalManager({ onError: null });
    let finish = (): void => undefined;
    manager.connect(() => new Promise<void>((resolve) => (finish = resolve)), signalbox.RECEIVER_DISCONNECTED);
    manager.connect(() => undefined, Symbol('saved'));
    jest.useFakeTimers();
    const closing = expect(manager.close({ timeoutMs: 5 })).rejects.toThrow('5');
    await jest.advanceTimersByTimeAsync(5);
    await closing;
    jest.useRealTimers();
    expect(managers()).toContain(manager);
    finish();
    await manager.close();
    expect(managers()).not.toContain(manager);
  });
});

describe('onManager (W20)', () => {
  it('calls for existing managers before it returns, for later ones while they are made, and not after disposing', () => {
    const existing = managers();
    const seen: unknown[] = [];
    const watching = onManager((manager) => void seen.push(manager));
    open.push(watching);
    expect(seen).toEqual(existing);
    const later = [new SignalManager(), new copy.SignalManager()];
    expect(seen).toEqual([...existing, ...later]);
    watching[Symbol.dispose]();
    new SignalManager();
    expect(seen).toHaveLength(existing.length + 2);
  });

  it('calls once for a manager that `seen` makes, also through another copy', () => {
    const existing = managers().length;
    const seen: unknown[] = [];
    open.push(
      copy.onManager((manager) => {
        if (seen.push(manager) === 1) new SignalManager();
      }),
    );
    expect(seen).toHaveLength(existing + 1);
    expect(new Set(seen).size).toBe(existing + 1);
  });

  it('shows a manager that can be used', () => {
    const names: unknown[] = [];
    const ping = Symbol('ping');
    open.push(
      onManager((manager) => {
        manager.connect(() => void names.push(manager.name), ping);
      }),
    );
    new SignalManager({ name: 'new' }).emit(ping);
    expect(names).toEqual(['new']);
  });

  it('calls each of several functions, the same one twice', () => {
    const seen = jest.fn();
    open.push(onManager(seen), onManager(seen));
    seen.mockClear();
    new SignalManager();
    expect(seen).toHaveBeenCalledTimes(2);
    open.pop()?.[Symbol.dispose]();
    new SignalManager();
    expect(seen).toHaveBeenCalledTimes(3);
  });

  it('does not call one that an earlier one has disposed meanwhile', () => {
    const second = jest.fn();
    open.push(onManager(() => open[1]?.[Symbol.dispose]()));
    open.push(onManager(second));
    second.mockClear();
    new SignalManager();
    expect(second).not.toHaveBeenCalled();
  });

  it('calls one that an earlier one adds meanwhile once for the new manager', () => {
    const second = jest.fn();
    let added = false;
    const first = (manager: signalbox.SignalManager): void => {
      if (added || manager.name !== 'adding') return;
      added = true;
      open.push(onManager(second));
    };
    open.push(onManager(first));
    const made = new SignalManager({ name: 'adding' });
    expect(second.mock.calls.filter(([manager]) => manager === made)).toHaveLength(1);
  });

  it('reports an error of `seen` to the `onError` of that manager, and goes on', () => {
    const failure = new Error('seen failed');
    const seen = (manager: signalbox.SignalManager): void => {
      if (manager.name?.startsWith('watched') === true) throw failure;
    };
    const after = jest.fn();
    const [onError, onErrorOfCopy] = [jest.fn(), jest.fn()];
    const before = new copy.SignalManager({ name: 'watched before', onError: onErrorOfCopy });
    open.push(onManager(seen), onManager(after));
    after.mockClear();
    const later = new SignalManager({ name: 'watched later', onError });
    const report = [failure, { signal: ANY, source: 'watcher', receiver: seen, sender: undefined }];
    expect([onErrorOfCopy.mock.calls, onError.mock.calls]).toEqual([[report], [report]]);
    expect(after.mock.calls).toEqual([[later]]);
    expect(managers()).toEqual(expect.arrayContaining([before, later]));
  });

  it('refuses anything but a function', () => {
    expect(() => onManager(undefined as never)).toThrow('Expected `seen` to be a function, got undefined');
  });

  it('may use the shared manager when that is the new one', async () => {
    const slot = Symbol.for('signalbox@1');
    const values = Reflect.get(globalThis, slot) as Map<string, object>;
    const shared = values.get('manager');
    values.delete('manager');
    try {
      await jest.isolateModulesAsync(async () => {
        const fresh = await import('../src/index.js');
        const seen: unknown[] = [];
        const ready = new fresh.Signal();
        const watching = fresh.onManager(() => {
          ready.emit();
          seen.push(ready.manager);
        });
        const manager = fresh.sharedManager();
        watching[Symbol.dispose]();
        expect(new Set(seen)).toEqual(new Set([manager]));
      });
    } finally {
      if (shared !== undefined) values.set('manager', shared);
    }
  });
});

describe('watchUnlessClosed', () => {
  it('ignores a closed manager, and no other error', async () => {
    const manager = new SignalManager();
    expect(() => watchUnlessClosed(manager, {})).toThrow('Expected `watcher` to be');
    await manager.close();
    expect(watchUnlessClosed(manager, { onSend: () => undefined })).toBeUndefined();
  });
});

describe('a Signal', () => {
  it('makes no manager until it is used', () => {
    const before = managers().length;
    new Signal();
    expect(managers()).toHaveLength(before);
  });
});
