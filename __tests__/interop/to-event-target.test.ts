import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Signal, SignalManager } from '../../src/index.js';
import { toEventTarget } from '../../src/interop/index.js';
import { DISPOSE } from '../../src/internal/dispose.js';
import { errorOf } from '../helpers/promises.js';

let manager: SignalManager;
let saved: Signal<{ id: number }>;
let removed: Signal<{ id: number }>;

beforeEach(() => {
  manager = new SignalManager({ name: 'store' });
  saved = new Signal({ name: 'saved', manager });
  removed = new Signal({ name: 'removed', manager });
});

describe('toEventTarget (X6)', () => {
  it('dispatches a CustomEvent during each send, with the kwargs object as detail', () => {
    const target = toEventTarget({ 'row-saved': saved, removed });
    const events: Event[] = [];
    for (const type of ['row-saved', 'removed', 'saved']) target.addEventListener(type, (event) => events.push(event));
    const [first, second] = [{ id: 1 }, { id: 2 }];
    saved.emit(first);
    expect(events).toHaveLength(1);
    removed.emit(second);
    expect(events.map((event) => [event.type, event.cancelable, event.bubbles])).toEqual([
      ['row-saved', false, false],
      ['removed', false, false],
    ]);
    expect(events[0]).toBeInstanceOf(CustomEvent);
    expect((events[0] as CustomEvent).detail).toBe(first);
    expect((events[1] as CustomEvent).detail).toBe(second);
  });

  it('cannot be cancelled, and has the result undefined', async () => {
    const target = toEventTarget({ saved });
    target.addEventListener('saved', (event) => event.preventDefault());
    expect(await saved.send({ id: 1 })).toMatchObject([{ status: 'fulfilled', value: undefined }]);
  });

  it('accepts one signal under several names', () => {
    const target = toEventTarget({ a: saved, b: saved });
    const types: string[] = [];
    for (const type of ['a', 'b']) target.addEventListener(type, (event) => types.push(event.type));
    saved.emit({ id: 1 });
    expect(types).toEqual(['a', 'b']);
  });

  it('does not send the signal for events that others dispatch', () => {
    const target = toEventTarget({ saved });
    const receiver = jest.fn();
    saved.connect(receiver);
    target.dispatchEvent(new CustomEvent('saved', { detail: { id: 1 } }));
    expect(receiver).not.toHaveBeenCalled();
  });

  it('disconnects from all signals when it is disposed', () => {
    const target = toEventTarget({ saved, removed });
    const listener = jest.fn();
    target.addEventListener('saved', listener);
    target[DISPOSE]();
    target[DISPOSE]();
    saved.emit({ id: 1 });
    expect(listener).not.toHaveBeenCalled();
    expect(manager.signals()).toEqual([]);
  });

  it('has an EventTarget without events for no signals', () => {
    expect(toEventTarget({})).toBeInstanceOf(EventTarget);
  });
});

describe('a bad argument of toEventTarget', () => {
  const call = toEventTarget as (signals: unknown) => unknown;

  it.each([
    ['undefined', undefined, 'Expected `signals` to be an object, got undefined'],
    ['an array', [saved], 'Expected `signals` to be an object, got array'],
    ['a token', { saved: Symbol('s') }, 'Expected `signals.saved` to be a Signal, got Symbol(s)'],
  ])('%s is a TypeError that names it', (_what, signals, message) => {
    expect(() => call(signals)).toThrow(TypeError);
    expect(() => call(signals)).toThrow(message);
  });

  it('connects nothing if a later member is wrong, or of a closed manager', async () => {
    expect(() => call({ saved, broken: {} })).toThrow('Expected `signals.broken` to be a Signal, got object');
    const closed = new SignalManager({ name: 'closed' });
    const late = new Signal({ manager: closed });
    await closed.close();
    expect(errorOf(() => toEventTarget({ saved, late }))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    expect(manager.signals()).toEqual([]);
  });
});
