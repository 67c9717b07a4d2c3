/**
 * The table "EventEmitter, mitt, emittery" of guide/coming-from-javascript.md: the rows that differ from Node's EventEmitter
 * and from a BehaviorSubject. The patterns of that page are run by the test of the documentation.
 */
import { describe, expect, it, jest } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { BehaviorSubject } from 'rxjs';

import { Signal, SignalManager } from '../../src/index.js';
import { errorOf, flush, rejectionOf } from '../helpers/promises.js';
import { callList } from '../helpers/results.js';

function both() {
  const onError = jest.fn();
  const manager = new SignalManager({ onError });
  return { emitter: new EventEmitter(), manager, onError, saved: manager.signal<{ id: number }>('saved') };
}

describe('the same function twice → called once', () => {
  it('is called twice by an EventEmitter (R3)', () => {
    const { emitter, saved } = both();
    const [there, here] = [jest.fn(), jest.fn()];
    for (const _time of [1, 2]) {
      emitter.on('saved', there);
      saved.connect(here);
    }

    emitter.emit('saved');
    saved.emit({ id: 7 });

    expect(there).toHaveBeenCalledTimes(2);
    expect(here).toHaveBeenCalledTimes(1);
  });
});

describe("events.once(emitter, 'saved') → await saved.wait()", () => {
  it("rejects on 'error'; a wait is rejected by no other signal (R21)", async () => {
    const { emitter, manager, saved } = both();
    const error = new Error('no');
    const there = rejectionOf(once(emitter, 'saved'));
    const here = saved.wait();

    emitter.emit('error', error);
    manager.emit(Symbol('error'), { error });
    saved.emit({ id: 7 });

    expect(await there).toBe(error);
    expect((await here).kwargs).toEqual({ id: 7 });
  });
});

describe('a listener that throws → goes to onError, and the others are called', () => {
  it('stops an EventEmitter, and throws at its caller (R14)', () => {
    const { emitter, saved, onError } = both();
    const error = new Error('no');
    const fail = (): never => {
      throw error;
    };
    const { calls, receiver } = callList();
    emitter.on('saved', fail).on('saved', receiver('there'));
    saved.connect(fail);
    saved.connect(receiver('here'));

    expect(errorOf(() => emitter.emit('saved'))).toBe(error);
    saved.emit({ id: 7 });

    expect(calls).toEqual(['here']);
    expect(onError).toHaveBeenCalledWith(error, expect.objectContaining({ receiver: fail }));
  });
});

describe('captureRejections → always', () => {
  it('reports a rejected promise once (R14)', async () => {
    const { saved, onError } = both();
    const error = new Error('no');
    saved.connect(() => Promise.reject(error));

    saved.emit({ id: 7 });
    await flush();

    expect(onError.mock.calls.map(([reported]) => reported)).toEqual([error]);
  });
});

describe('prependListener → priority: 1', () => {
  it('calls a second one after the first, unlike an EventEmitter (R9)', () => {
    const { emitter, saved } = both();
    const [there, here] = [callList(), callList()];
    for (const name of ['first', 'second']) {
      emitter.prependListener('saved', there.receiver(name));
      saved.connect(here.receiver(name), { priority: 1 });
    }

    emitter.emit('saved');
    saved.emit({ id: 7 });

    expect(there.calls).toEqual(['second', 'first']);
    expect(here.calls).toEqual(['first', 'second']);
  });
});

describe('removeAllListeners, clearListeners → disconnectAll', () => {
  it('leaves streams as they are (R22)', async () => {
    const { saved } = both();
    const stream = saved.stream();
    saved.connect(() => undefined);

    expect(saved.disconnectAll()).toBe(1);
    saved.emit({ id: 7 });

    for await (const { kwargs } of stream) {
      expect(kwargs).toEqual({ id: 7 });
      break;
    }
    expect.assertions(2);
  });
});

describe('listenerCount, listeners, eventNames → receivers, signals, explain', () => {
  it('counts those that a send without a filter calls; explain counts all', () => {
    const { emitter, manager, saved } = both();
    const receiver = (): void => undefined;
    emitter.on('saved', receiver);
    saved.connect(receiver);
    saved.connect(() => undefined, { key: 'a' });

    expect(saved.receivers()).toEqual(emitter.listeners('saved'));
    expect(saved.receivers()).toHaveLength(emitter.listenerCount('saved'));
    expect(saved.explain()).toHaveLength(2);
    expect(emitter.eventNames()).toEqual(['saved']);
    expect(manager.signals()).toEqual([saved]);
  });
});

describe('setMaxListeners → nothing', () => {
  it('warns of no number of receivers', async () => {
    const warn = jest.fn();
    process.on('warning', warn);
    try {
      const { saved } = both();
      for (let count = 0; count < 100; count++) saved.connect(() => undefined);
      await flush();
    } finally {
      process.off('warning', warn);
    }

    expect(warn).not.toHaveBeenCalled();
  });
});

describe('BehaviorSubject → new Signal({ sticky: true })', () => {
  it('has no initial value, and gives the last send once to a receiver (R17)', async () => {
    const { manager } = both();
    const changed = new Signal<{ value: number }>({ name: 'changed', manager, sticky: true });
    const subject = new BehaviorSubject(1);
    const [there, here] = [jest.fn(), jest.fn()];

    subject.subscribe(there).unsubscribe();
    changed.connect(here).disconnect();
    expect(there.mock.calls).toEqual([[1]]);
    expect(here.mock.calls).toEqual([]);

    subject.next(2);
    changed.emit({ value: 2 });
    for (const _time of [1, 2]) {
      subject.subscribe(there).unsubscribe();
      changed.connect(here).disconnect();
    }

    expect(there.mock.calls).toEqual([[1], [2], [2]]);
    expect(here.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ value: 2 }]);
    expect((await changed.wait()).kwargs).toEqual({ value: 2 });
  });
});
