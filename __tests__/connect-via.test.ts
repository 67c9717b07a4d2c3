import { describe, expect, it, jest } from '@jest/globals';
import { Signal, SignalManager } from '../src/index.js';
import { collectGarbage } from './helpers/gc.js';
import { fulfilled } from './helpers/results.js';

const started = Symbol('started');
const stopped = Symbol('stopped');

describe('connectVia with a function', () => {
  it('connects it and returns it as it is', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn(() => 'value');
    const via = manager.connectVia(started, { key: 'k', once: true })(receiver);
    expect(via).toBe(receiver);
    expect(await manager.send(started)).toEqual([]);
    expect(await manager.send(started, {}, { key: 'k' })).toEqual([fulfilled(receiver, 'value')]);
    expect(await manager.send(started, {}, { key: 'k' })).toEqual([]);
  });

  it('connects nothing before it is given one', () => {
    const manager = new SignalManager();
    const via = manager.connectVia(started);
    expect(manager.signals()).toEqual([]);
    via(() => 1);
    via(() => 2);
    expect(manager.receivers(started)).toHaveLength(2);
  });

  it('may be stacked', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const via = manager.connectVia(started)(manager.connectVia(stopped)(receiver));
    expect(via).toBe(receiver);
    expect(new Set(manager.signals())).toEqual(new Set([started, stopped]));
  });

  it('takes a thisArg and a uid', () => {
    const manager = new SignalManager();
    const thisArg = {};
    const receiver = jest.fn();
    manager.connectVia(started, { thisArg })(receiver);
    manager.sendSync(started);
    expect(receiver.mock.contexts[0]).toBe(thisArg);
    const other = manager.connectVia(stopped, { uid: 'u' });
    other(receiver);
    other(() => undefined);
    expect(manager.receivers(stopped)).toEqual([receiver]);
  });

  it('refuses what is no function', () => {
    const manager = new SignalManager();
    expect(() => manager.connectVia(started)('onStarted' as never)).toThrow(TypeError);
    expect(() => manager.connectVia(started)(undefined as never)).toThrow('`receiver`');
    expect(manager.signals()).toEqual([]);
  });

  it.each(['getter', 'field', 'class'])('refuses the context of a %s', (kind) => {
    const manager = new SignalManager();
    const decorate = (): unknown => manager.connectVia(started)(() => undefined, { kind } as never);
    expect(decorate).toThrow('Expected `context` to be that of a standard decorator on a method, got object');
    expect(manager.signals()).toEqual([]);
  });

  it('goes through iterables of keys and senders once, however many it connects (R7)', () => {
    const manager = new SignalManager();
    function* keys(): Generator<string, void> {
      yield 'k';
      yield 'l';
    }
    const via = manager.connectVia(started, { keys: keys(), senders: new Set(['app']).values() });
    const receivers = [() => 1, () => 2] as const;
    for (const receiver of receivers) via(receiver);
    for (const filter of [{ key: 'k' }, { key: 'l' }, { sender: 'app' }]) {
      expect(manager.receivers(started, filter)).toEqual(receivers);
    }
    expect(manager.receivers(started)).toEqual([]);
  });

  it('refuses bad input before it is given anything to connect', () => {
    const manager = new SignalManager();
    expect(() => manager.connectVia('started' as never)).toThrow('`signal`');
    expect(() => manager.connectVia(started, { sneder: 1 } as object)).toThrow('sneder');
    expect(() => manager.connectVia(started, { keys: [] })).toThrow('`keys`');
  });
});

describe('connectVia as a decorator', () => {
  it('connects an instance method once per instance, with its this', async () => {
    const manager = new SignalManager();
    class Service {
      constructor(readonly name: string) {}
      @manager.connectVia(started)
      onStarted({ port }: { port: number }): string {
        return `${this.name} ${port}`;
      }
    }
    expect(manager.signals()).toEqual([]);
    const [a, b] = [new Service('a'), new Service('b')];
    const { onStarted } = Service.prototype;
    expect(await manager.send(started, { port: 1 })).toEqual([
      fulfilled(onStarted, 'a 1'),
      fulfilled(onStarted, 'b 1'),
    ]);
    expect(manager.disconnect(onStarted, started, { thisArg: a })).toBe(true);
    expect(await manager.send(started, { port: 2 })).toEqual([fulfilled(onStarted, 'b 2')]);
    expect(manager.disconnect(onStarted, started, { thisArg: b })).toBe(true);
  });

  it('leaves the method callable as it is', () => {
    const manager = new SignalManager();
    class Service {
      readonly factor = 2;
      @manager.connectVia(started)
      double({ n }: { n: number }): number {
        return n * this.factor;
      }
    }
    expect(new Service().double({ n: 4 })).toBe(8);
    expect(Service.prototype.double.name).toBe('double');
  });

  it('connects a static method once, with the class as its this', () => {
    const manager = new SignalManager();
    class Service {
      static readonly names: unknown[] = [];
      @manager.connectVia(started)
      static onStarted(): void {
        this.names.push('static');
      }
      onStopped(): void {}
    }
    manager.sendSync(started);
    new Service().onStopped();
    manager.sendSync(started);
    expect(Service.names).toEqual(['static', 'static']);
    expect(manager.receivers(started)).toEqual([Service.onStarted]);
  });

  it('connects a private method', () => {
    const manager = new SignalManager();
    class Service {
      readonly seen: unknown[] = [];
      @manager.connectVia(started)
      #onStarted(kwargs: { n: number }): void {
        this.seen.push(kwargs);
      }
      again(): void {
        this.#onStarted({ n: 2 });
      }
    }
    const service = new Service();
    manager.emit(started, { n: 1 });
    service.again();
    expect(service.seen).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('connects a private static method', () => {
    const manager = new SignalManager();
    const seen: unknown[] = [];
    class Service {
      static readonly tag = 'static';
      @manager.connectVia(started)
      static #onStarted(): void {
        seen.push(this.tag);
      }
      again(): void {
        Service.#onStarted();
      }
    }
    manager.emit(started);
    new Service().again();
    expect(seen).toEqual(['static', 'static']);
  });

  it('connects an async method, and one with a symbol as its name', async () => {
    const manager = new SignalManager();
    const name = Symbol('onStarted');
    class Service {
      @manager.connectVia(started)
      async later(): Promise<string> {
        return 'later';
      }
      @manager.connectVia(started)
      [name](): string {
        return 'symbol';
      }
    }
    new Service();
    expect((await manager.send(started)).map((result) => result.status === 'fulfilled' && result.value)).toEqual([
      'later',
      'symbol',
    ]);
  });

  it('connects one method to several signals, with the options of each', () => {
    const manager = new SignalManager();
    class Service {
      readonly seen: unknown[] = [];
      @manager.connectVia(started, { key: 'k' })
      @manager.connectVia(stopped, { once: true })
      on(_kwargs: object, { signal }: { signal: unknown }): void {
        this.seen.push(signal);
      }
    }
    const service = new Service();
    manager.emit(started);
    manager.emit(started, {}, { key: 'k' });
    manager.emit(stopped);
    manager.emit(stopped);
    expect(service.seen).toEqual([started, stopped]);
  });

  it('connects the instances of a subclass, too', () => {
    const manager = new SignalManager();
    class Base {
      readonly seen: unknown[] = [];
      @manager.connectVia(started)
      onStarted(): void {
        this.seen.push(this.constructor.name);
      }
    }
    class Derived extends Base {}
    const derived = new Derived();
    manager.emit(started);
    expect(derived.seen).toEqual(['Derived']);
  });

  it('is strong by default, as connect is (R12)', async () => {
    const manager = new SignalManager();
    const seen: unknown[] = [];
    class Service {
      @manager.connectVia(started)
      onStarted(): void {
        seen.push('strong');
      }
    }
    (() => new Service())();
    await collectGarbage();
    manager.emit(started);
    expect(seen).toEqual(['strong']);
  });

  it('with weak lets the instances go (R12)', async () => {
    const manager = new SignalManager();
    const seen: unknown[] = [];
    class Service {
      constructor(readonly name: string) {}
      @manager.connectVia(started, { weak: true })
      onStarted(): void {
        seen.push(this.name);
      }
    }
    const kept = new Service('kept');
    (() => new Service('dropped'))();
    await collectGarbage();
    manager.emit(started);
    expect(seen).toEqual(['kept']);
    expect(manager.disconnect(Service.prototype.onStarted, started, { thisArg: kept })).toBe(true);
    expect(manager.signals()).toEqual([]);
  });

  it('of a Signal does the same', () => {
    const manager = new SignalManager();
    const signal = new Signal<{ n: number }>({ manager });
    class Service {
      readonly seen: number[] = [];
      @signal.connectVia({ priority: 1 })
      onSignal({ n }: { n: number }): void {
        this.seen.push(n);
      }
    }
    const service = new Service();
    signal.emit({ n: 1 });
    expect(service.seen).toEqual([1]);
  });

  it('goes through an iterable of keys once, however many instances it connects (R7)', () => {
    const manager = new SignalManager();
    class Service {
      @manager.connectVia(started, { keys: new Set(['k', 'l']).values() })
      onStarted(): void {}
    }
    for (let i = 0; i < 3; i++) new Service();
    expect(manager.receivers(started, { key: 'k' })).toHaveLength(3);
    expect(manager.receivers(started, { key: 'l' })).toHaveLength(3);
  });
});
