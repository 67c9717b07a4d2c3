import { describe, expect, it } from '@jest/globals';
import { type Connection, SignalManager } from '../src/index.js';
import { collectGarbage, heapUsed } from './helpers/gc.js';

// What makes sends fast is counted here, never timed: bytes and steps are the same on every machine.

const signal = Symbol('moved');
const kwargs = Object.freeze({ x: 1 });
const receiver = (): undefined => undefined;

/** Bytes that one of 100,000 operations allocates: the least of some tries, for other code allocates, too. */
async function bytesPerOperation(operate: () => void): Promise<number> {
  const operations = 100_000;
  const batch = 1000;
  const figures: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    for (let i = 0; i < operations; i++) operate();
    await collectGarbage();
    let bytes = 0;
    let counted = 0;
    for (let done = 0; done < operations; done += batch) {
      const before = heapUsed();
      for (let i = 0; i < batch; i++) operate();
      const grown = heapUsed() - before;
      // A collection in the middle hides what was allocated.
      if (grown < 0) continue;
      bytes += grown;
      counted += batch;
    }
    figures.push(bytes / counted);
  }
  return Math.min(...figures);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What walks through an array touches each of its entries, what looks something up touches one. */
const walks: [owner: object, names: PropertyKey[]][] = [
  [Array.prototype, ['filter', 'map', 'sort', 'slice', 'includes', 'indexOf', 'find', 'flatMap', Symbol.iterator]],
];
const lookUps: [owner: object, names: PropertyKey[]][] = [
  [Map.prototype, ['get', 'set', 'has', 'delete']],
  [Set.prototype, ['add', 'has', 'delete']],
  [WeakMap.prototype, ['get', 'set', 'has', 'delete']],
];

/** How many entries of arrays, maps and sets `work` touches, through the methods above. */
function entriesTouchedBy(work: () => void): number {
  let touched = 0;
  const undo: (() => void)[] = [];
  const count = (owner: object, name: PropertyKey, entriesOf: (self: unknown) => number): void => {
    const original = Reflect.get(owner, name) as Method;
    Reflect.set(owner, name, function counted(this: unknown, ...args: unknown[]) {
      touched += entriesOf(this);
      return Reflect.apply(original, this, args);
    });
    undo.push(() => Reflect.set(owner, name, original));
  };
  for (const [owner, names] of walks) for (const name of names) count(owner, name, (self) => (self as []).length);
  for (const [owner, names] of lookUps) for (const name of names) count(owner, name, () => 1);
  try {
    touched = 0;
    work();
    return touched;
  } finally {
    for (const restore of undo) restore();
  }
}

function connectMany(count: number, optionsOf: (i: number) => object): { manager: SignalManager; last: Connection } {
  const manager = new SignalManager();
  let last = manager.connect(() => -1, signal, optionsOf(-1));
  for (let i = 0; i < count; i++) last = manager.connect(() => i, signal, optionsOf(i));
  return { manager, last };
}

describe('what a send allocates', () => {
  it.each([1, 10, 100])('is one context in emit, however many of %i receivers it calls', async (count) => {
    const { manager } = connectMany(count, () => ({}));
    const bytes = await bytesPerOperation(() => {
      manager.emit(signal, kwargs);
    });
    expect(bytes).toBeLessThan(80);
  });

  it('is nothing when nobody is connected', async () => {
    const { manager } = connectMany(1, () => ({ key: 'other' }));
    const bytes = await bytesPerOperation(() => {
      manager.emit(signal, kwargs);
    });
    expect(bytes).toBeLessThan(10);
  });

  it('does not grow with the keys that are connected', async () => {
    const { manager } = connectMany(10_000, (i) => ({ key: i }));
    const bytes = await bytesPerOperation(() => {
      manager.emit(signal, kwargs, { key: 5000 });
    });
    expect(bytes).toBeLessThan(280);
  });
});

const senders = Array.from({ length: 100_002 }, (_, i) => ({ i }));
const bySenderObject = (i: number): object => ({ sender: senders[i + 2] });

describe('what a send touches', () => {
  it.each([
    ['key', (i: number) => ({ key: i })],
    ['sender', (i: number) => ({ sender: i })],
    ['sender that is an object', bySenderObject],
  ])('is what its %s reaches, among 10 as among 100,000', (_filter, optionsOf) => {
    const counts = [10, 100_000].map((size) => {
      const { manager } = connectMany(size, optionsOf);
      return entriesTouchedBy(() => {
        manager.emit(signal, kwargs, optionsOf(5));
      });
    });
    expect(counts[1]).toBe(counts[0]);
    expect(counts[1]).toBeLessThan(10);
  });

  it('is, after a change, no list of all receivers besides', () => {
    const { manager } = connectMany(10_000, () => ({}));
    const touched = entriesTouchedBy(() => {
      manager.connect(receiver, signal).disconnect();
      manager.emit(signal, kwargs);
    });
    expect(touched).toBeLessThan(40);
  });
});

describe('what connect and disconnect touch', () => {
  it.each([
    ['without a filter', () => ({})],
    ['by key', (i: number) => ({ key: i })],
    ['by sender', (i: number) => ({ sender: i })],
    ['by a sender that is an object', bySenderObject],
  ])('is a bounded number of entries among 100,000 connected %s', (_filter, optionsOf) => {
    const { manager } = connectMany(100_000, optionsOf);
    const rounds = 1000;
    const touched = entriesTouchedBy(() => {
      for (let i = 0; i < rounds; i++) manager.connect(receiver, signal, optionsOf(-2)).disconnect();
    });
    expect(touched / rounds).toBeGreaterThan(1);
    expect(touched / rounds).toBeLessThan(40);
  });
});
