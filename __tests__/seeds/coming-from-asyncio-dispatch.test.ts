/**
 * The table "coming from asyncio_dispatch", row by row, and the list of features in its README (seed document 001): what
 * is called how here, and what is better. The row of the selective transcript is in asyncio-dispatch.test.ts.
 */
import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { sharedManager, Signal, SignalManager, type SendContext } from '../../src/index.js';
import { collectGarbage } from '../helpers/gc.js';
import { flush } from '../helpers/promises.js';
import { fulfilled, rejected } from '../helpers/results.js';

afterEach(() => {
  sharedManager().disconnectAll();
});

/** Makes named receivers that note that they were called. */
function createNotes(): { called: string[]; note: (name: string) => () => void } {
  const called: string[] = [];
  return { called, note: (name) => () => void called.push(name) };
}

describe("Signal(loop, my_kwarg='default') → new Signal({ defaults })", () => {
  it('fills in what a send leaves out (R10)', async () => {
    const signal = new Signal({ defaults: { myKwarg: 'default', payload: {} } });
    const receiver = jest.fn();
    signal.connect(receiver);

    await signal.send();
    await signal.send({ myKwarg: 'changed' });

    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([
      { myKwarg: 'default', payload: {} },
      { myKwarg: 'changed', payload: {} },
    ]);
  });

  it('does not compile with a kwarg of another type, and refuses an undeclared one', async () => {
    const signal = new Signal({ defaults: { myKwarg: 'default' } });
    // @ts-expect-error -- `myKwarg` is a string
    await signal.send({ myKwarg: 5 });
    // @ts-expect-error -- `other` is not declared
    await expect(signal.send({ other: 5 })).rejects.toThrow(TypeError);
  });

  it('reserves no names: a kwarg may be called `signal`, `senders` or `keys` (R11)', async () => {
    const signal = new Signal({ defaults: { signal: 'red', senders: 2, keys: 'piano' } });
    const receiver = jest.fn();
    signal.connect(receiver);

    await signal.send({ senders: 3 }, { sender: 'Mike' });

    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ signal: 'red', senders: 3, keys: 'piano' }]);
  });
});

describe('signal.connect(cb, sender=, senders=, key=, keys=, weak=) → signal.connect(receiver, { … })', () => {
  it('takes one or several senders and keys, and any one of them is enough (R5)', async () => {
    const signal = new Signal();
    const { called, note } = createNotes();
    const [ashley, mike] = [{}, {}];
    signal.connect(note('sender'), { sender: ashley });
    signal.connect(note('senders'), { senders: [ashley, mike] });
    signal.connect(note('key'), { key: 'books' });
    signal.connect(note('keys'), { keys: ['books', 'music'] });
    signal.connect(note('both'), { sender: mike, key: 'books' });

    await signal.send({}, { sender: mike });
    called.push('|');
    await signal.send({}, { key: 'books' });
    called.push('|');
    await signal.send();

    expect(called).toEqual(['senders', 'both', '|', 'key', 'keys', 'both', '|']);
  });

  it('holds receivers strongly unless asked to hold them weakly (R12)', async () => {
    const signal = new Signal();
    const { called, note } = createNotes();
    signal.connect(note('strong'));
    signal.connect(note('weak'), { weak: true });

    await flush();
    await collectGarbage();
    await signal.send();

    expect(called).toEqual(['strong']);
  });

  it('calls a weak receiver for as long as somebody holds it (R12)', async () => {
    const signal = new Signal();
    const { called, note } = createNotes();
    const held = note('weak');
    signal.connect(held, { weak: true });

    await flush();
    await collectGarbage();
    await signal.send();

    expect(called).toEqual(['weak']);
    expect(signal.receivers()).toEqual([held]);
  });

  it("refuses `keys: 'ab'`, which would be two keys, and `keys: []`, which would be none (R7)", () => {
    const signal = new Signal();
    expect(() => signal.connect(() => undefined, { keys: 'ab' as never })).toThrow(TypeError);
    expect(() => signal.connect(() => undefined, { keys: [] })).toThrow(TypeError);
    expect(signal.receivers()).toEqual([]);
  });
});

describe('signal.disconnect(cb, …) → signal.disconnect(receiver, { … })', () => {
  it('says whether it did anything', async () => {
    const signal = new Signal();
    const { called, note } = createNotes();
    const receiver = note('receiver');
    signal.connect(receiver, { keys: ['books', 'music'] });

    expect(signal.disconnect(receiver, { key: 'films' })).toBe(false);
    expect(signal.disconnect(receiver, { key: 'books' })).toBe(true);
    await signal.send({}, { key: 'books' });
    await signal.send({}, { key: 'music' });
    expect(called).toEqual(['receiver']);

    expect(signal.disconnect(receiver)).toBe(true);
    expect(signal.disconnect(receiver)).toBe(false);
    expect(signal.receivers({ key: 'music' })).toEqual([]);
  });
});

describe('await signal.send(sender=, key=, **kwargs) → await signal.send(kwargs, { sender, key })', () => {
  it('returns one result per receiver in the order of the calls, errors included (R9, R13)', async () => {
    const manager = new SignalManager({ onError: null });
    const signal = manager.signal<{ number: number }, number>('signal');
    const error = new Error('not today');
    const slow = async ({ number }: { number: number }): Promise<number> => {
      await flush();
      return number + 1;
    };
    const failing = (): number => {
      throw error;
    };
    const fast = ({ number }: { number: number }): number => number + 2;
    for (const receiver of [slow, failing, fast]) signal.connect(receiver, { key: 'count' });

    expect(await signal.send({ number: 1 }, { sender: 'Mike', key: 'count' })).toEqual([
      fulfilled(slow, 2),
      rejected(failing, error),
      fulfilled(fast, 3),
    ]);
  });
});

describe('receivers get signal, senders, keys, **kwargs → (kwargs, { signal, senders, keys })', () => {
  it('names the signal, so that one receiver can serve several', async () => {
    const [first, second] = [new Signal(), new Signal()];
    const seen: unknown[] = [];
    const receiver = (_kwargs: object, { signal }: SendContext): void => {
      seen.push(signal === first ? 'first' : signal === second ? 'second' : signal);
    };
    first.connect(receiver);
    second.connect(receiver);

    await second.send();
    await first.send();

    expect(seen).toEqual(['second', 'first']);
  });

  it('shows the next receiver the same sets, whatever the one before tried (R11)', async () => {
    const manager = new SignalManager({ onError: null });
    const signal = manager.signal('signal');
    const seen: unknown[] = [];
    signal.connect((_kwargs, { keys }) => (keys as Set<unknown>).add('added'));
    signal.connect((_kwargs, { keys }) => Set.prototype.add.call(keys, 'added by the prototype'));
    signal.connect((_kwargs, { senders, keys }) => void seen.push([...senders], [...keys]));

    await signal.send({}, { sender: 'Mike', keys: ['books', 'music'] });

    expect(seen).toEqual([['Mike'], ['books', 'music']]);
  });
});

describe('functions, coroutines, methods, static and class methods → the same kinds', () => {
  it('binds a method by `thisArg`, once: connecting it again is the same receiver (R2, R3)', async () => {
    class Counter {
      count = 0;

      increment(): number {
        return ++this.count;
      }
    }
    const signal = new Signal();
    const [first, second] = [new Counter(), new Counter()];
    signal.connect(first.increment, { thisArg: first });
    signal.connect(first.increment, { thisArg: first });
    signal.connect(second.increment, { thisArg: second });

    await signal.send();

    expect([first.count, second.count]).toEqual([1, 1]);
    expect(signal.disconnect(first.increment, { thisArg: first })).toBe(true);
    await signal.send();
    expect([first.count, second.count]).toEqual([1, 2]);
  });
});
