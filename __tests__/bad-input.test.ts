import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as signalbox from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';

const { ANY, Signal, SignalManager } = signalbox;

/** A manager in use: what a refused call must leave as it is. */
interface Fixture {
  readonly manager: signalbox.SignalManager;
  readonly signal: signalbox.Signal<Record<string, unknown>>;
  readonly receiver: jest.Mock;
  readonly settle: () => void;
}

interface Row {
  readonly call: string;
  readonly parameter: string;
  readonly value: unknown;
  readonly attempt: (fixture: Fixture) => unknown;
}

const named = { key: 'k', sender: 's' };

function makeFixture(): Fixture {
  const manager = new SignalManager({ onError: null });
  const signal = new Signal<Record<string, unknown>>({ manager, name: 'started' });
  const receiver = jest.fn();
  const gate = deferred();
  // Connected after the send that is pending: it has called none of these.
  signal.connect(() => gate.promise, { once: true });
  signal.emit();
  signal.connect(receiver);
  signal.connect(receiver, { ...named, uid: 'u' });
  signal.connect(receiver, { once: true, thisArg: manager });
  manager.connect(receiver, ANY, { uid: 'any' });
  return { manager, signal, receiver, settle: gate.resolve };
}

function stateOf({ manager, signal, receiver }: Fixture): unknown {
  return {
    signals: manager.signals(),
    receivers: manager.receivers(signal, named),
    unfiltered: manager.receivers(signal),
    others: manager.receivers({}),
    pending: manager.pending,
    calls: receiver.mock.calls.length,
    timers: jest.getTimerCount(),
  };
}

const wrong = {
  signal: [undefined, null, 'started', 5, true],
  receiver: [undefined, null, 'onStarted', 5, {}],
  object: [null, 'text', 5, true, [], ['reverse']],
  kwargs: [null, 'text', 5, true, Symbol('kwargs')],
  boolean: [null, 'yes', 1, {}],
  number: [null, '1', NaN, {}],
  milliseconds: [null, '100', NaN, -1, -Infinity, {}],
  name: [5, null, {}, Symbol('name')],
  many: [null, 'ab', 5, true, {}, ['a', undefined]],
  empty: [[], new Set()],
  thisArg: [null, 'this', 5],
  uid: [null, 5, {}],
  abortSignal: [null, 'abort', {}, new AbortController()],
  expected: [null, TypeError, 'TypeError', ['TypeError'], [undefined]],
  function: [null, 'where', {}, true],
  overflow: [null, 'drop', 5],
  limit: [null, '5', NaN, -1],
  manager: [null, 'app', {}],
  results: [undefined, null, 'results', 5, {}],
};

type Options = Record<string, readonly unknown[]>;
const filter: Options = { senders: wrong.many, keys: wrong.many };
const narrowFilter: Options = {
  senders: [...wrong.many, ...wrong.empty],
  keys: [...wrong.many, ...wrong.empty],
};
const sending: Options = { ...filter, expected: wrong.expected, reverse: wrong.boolean };
const settling: Options = { ...sending, timeoutMs: wrong.milliseconds, abortSignal: wrong.abortSignal };
const connecting: Options = {
  ...narrowFilter,
  weak: wrong.boolean,
  thisArg: wrong.thisArg,
  once: wrong.boolean,
  priority: wrong.number,
  uid: wrong.uid,
  abortSignal: wrong.abortSignal,
};
const disconnecting: Options = { ...narrowFilter, thisArg: wrong.thisArg, uid: wrong.uid };
const waiting: Options = {
  ...filter,
  timeoutMs: wrong.milliseconds,
  abortSignal: wrong.abortSignal,
  where: wrong.function,
};
const streaming: Options = {
  ...filter,
  abortSignal: wrong.abortSignal,
  where: wrong.function,
  limit: wrong.limit,
  overflow: wrong.overflow,
};

function rows(
  call: string,
  parameter: string,
  values: readonly unknown[],
  attempt: (fixture: Fixture, value: never) => unknown,
): Row[] {
  return values.map((value) => ({ call, parameter, value, attempt: (fixture) => attempt(fixture, value as never) }));
}

function signalRows(call: string, attempt: (fixture: Fixture, signal: symbol) => unknown): Row[] {
  return rows(call, 'signal', wrong.signal, attempt);
}

/** The options object itself, and each of its options. */
function optionRows(
  call: string,
  options: Options,
  attempt: (fixture: Fixture, options: never) => unknown,
  parameter = 'options',
): Row[] {
  return [
    ...rows(call, parameter, wrong.object, attempt),
    ...Object.entries(options).flatMap(([name, values]) =>
      rows(call, name, values, (fixture, value) => attempt(fixture, { [name]: value } as never)),
    ),
  ];
}

const own = () => undefined;

const throwing: Row[] = [
  ...rows('connect', 'receiver', wrong.receiver, ({ manager, signal }, value) => manager.connect(value, signal)),
  ...signalRows('connect', ({ manager }, value) => manager.connect(own, value)),
  ...optionRows('connect', connecting, ({ manager, signal }, value) => manager.connect(own, signal, value)),
  ...rows('connectVia', 'receiver', wrong.receiver, ({ manager, signal }, value) => manager.connectVia(signal)(value)),
  ...signalRows('connectVia', ({ manager }, value) => manager.connectVia(value)(own)),
  ...optionRows('connectVia', connecting, ({ manager, signal }, value) => manager.connectVia(signal, value)(own)),
  ...rows('disconnect', 'receiver', wrong.receiver, ({ manager, signal }, value) => manager.disconnect(value, signal)),
  ...signalRows('disconnect', ({ manager, receiver }, value) => manager.disconnect(receiver, value)),
  ...optionRows('disconnect', disconnecting, ({ manager, signal, receiver }, value) =>
    manager.disconnect(receiver, signal, value),
  ),
  ...signalRows('disconnectAll', ({ manager }, value) => manager.disconnectAll(value)),
  ...signalRows('sendSync', ({ manager }, value) => manager.sendSync(value)),
  ...rows('sendSync', 'kwargs', wrong.kwargs, ({ manager, signal }, value) => manager.sendSync(signal, value)),
  ...optionRows('sendSync', { ...sending, until: wrong.function }, ({ manager, signal }, value) =>
    manager.sendSync(signal, {}, value),
  ),
  ...signalRows('emit', ({ manager }, value) => manager.emit(value)),
  ...rows('emit', 'kwargs', wrong.kwargs, ({ manager, signal }, value) => manager.emit(signal, value)),
  ...optionRows('emit', sending, ({ manager, signal }, value) => manager.emit(signal, {}, value)),
  ...rows('emitAfter', 'delayMs', [undefined, ...wrong.milliseconds], ({ manager, signal }, value) =>
    manager.emitAfter(value, signal),
  ),
  ...signalRows('emitAfter', ({ manager }, value) => manager.emitAfter(1, value)),
  ...rows('emitAfter', 'kwargs', wrong.kwargs, ({ manager, signal }, value) => manager.emitAfter(1, signal, value)),
  ...optionRows('emitAfter', sending, ({ manager, signal }, value) => manager.emitAfter(1, signal, {}, value)),
  ...signalRows('stream', ({ manager }, value) => manager.stream(value)),
  ...optionRows('stream', streaming, ({ manager, signal }, value) => manager.stream(signal, value)),
  ...signalRows('receivers', ({ manager }, value) => manager.receivers(value)),
  ...optionRows('receivers', filter, ({ manager, signal }, value) => manager.receivers(signal, value), 'filter'),
  ...signalRows('hasReceivers', ({ manager }, value) => manager.hasReceivers(value)),
  ...optionRows('hasReceivers', filter, ({ manager, signal }, value) => manager.hasReceivers(signal, value), 'filter'),
  ...signalRows('explain', ({ manager }, value) => manager.explain(value)),
  ...optionRows('explain', filter, ({ manager, signal }, value) => manager.explain(signal, value), 'filter'),
  ...signalRows('mute', ({ manager }, value) => manager.mute(value)),
  ...rows('signal', 'name', [undefined, ...wrong.name], ({ manager }, value) => manager.signal(value)),
  ...optionRows(
    'new SignalManager',
    { name: wrong.name, onError: ['print', 5, {}, true] },
    (_fixture, value) => new SignalManager(value),
  ),
  ...optionRows(
    'new Signal',
    { name: wrong.name, manager: wrong.manager, sticky: wrong.boolean, defaults: wrong.kwargs },
    (_fixture, value) => new Signal(value),
  ),
  ...rows('values', 'results', wrong.results, (_fixture, value) => signalbox.values(value)),
  ...rows('failures', 'results', wrong.results, (_fixture, value) => signalbox.failures(value)),

  ...rows('Signal#connect', 'receiver', wrong.receiver, ({ signal }, value) => signal.connect(value)),
  ...optionRows('Signal#connect', connecting, ({ signal }, value) => signal.connect(own, value)),
  ...rows('Signal#connectVia', 'receiver', wrong.receiver, ({ signal }, value) => signal.connectVia()(value)),
  ...optionRows('Signal#connectVia', connecting, ({ signal }, value) => signal.connectVia(value)(own)),
  ...rows('Signal#disconnect', 'receiver', wrong.receiver, ({ signal }, value) => signal.disconnect(value)),
  ...optionRows('Signal#disconnect', disconnecting, ({ signal, receiver }, value) =>
    signal.disconnect(receiver, value),
  ),
  ...rows('Signal#sendSync', 'kwargs', wrong.kwargs, ({ signal }, value) => signal.sendSync(value)),
  ...optionRows('Signal#sendSync', { ...sending, until: wrong.function }, ({ signal }, value) =>
    signal.sendSync({}, value),
  ),
  ...rows('Signal#emit', 'kwargs', wrong.kwargs, ({ signal }, value) => signal.emit(value)),
  ...optionRows('Signal#emit', sending, ({ signal }, value) => signal.emit({}, value)),
  ...rows('Signal#emitAfter', 'delayMs', [undefined, ...wrong.milliseconds], ({ signal }, value) =>
    signal.emitAfter(value, {}),
  ),
  ...optionRows('Signal#emitAfter', sending, ({ signal }, value) => signal.emitAfter(1, {}, value)),
  ...optionRows('Signal#stream', streaming, ({ signal }, value) => signal.stream(value)),
  ...optionRows('Signal#receivers', filter, ({ signal }, value) => signal.receivers(value), 'filter'),
  ...optionRows('Signal#hasReceivers', filter, ({ signal }, value) => signal.hasReceivers(value), 'filter'),
  ...optionRows('Signal#explain', filter, ({ signal }, value) => signal.explain(value), 'filter'),
];

const rejecting: Row[] = [
  ...signalRows('send', ({ manager }, value) => manager.send(value)),
  ...rows('send', 'kwargs', wrong.kwargs, ({ manager, signal }, value) => manager.send(signal, value)),
  ...optionRows('send', settling, ({ manager, signal }, value) => manager.send(signal, {}, value)),
  ...signalRows('sendSerial', ({ manager }, value) => manager.sendSerial(value)),
  ...rows('sendSerial', 'kwargs', wrong.kwargs, ({ manager, signal }, value) => manager.sendSerial(signal, value)),
  ...optionRows('sendSerial', { ...settling, until: wrong.function }, ({ manager, signal }, value) =>
    manager.sendSerial(signal, {}, value),
  ),
  ...signalRows('wait', ({ manager }, value) => manager.wait(value)),
  ...optionRows('wait', waiting, ({ manager, signal }, value) => manager.wait(signal, value)),
  ...optionRows('drain', { timeoutMs: wrong.milliseconds }, ({ manager }, value) => manager.drain(value)),
  ...optionRows('close', { timeoutMs: wrong.milliseconds }, ({ manager }, value) => manager.close(value)),

  ...rows('Signal#send', 'kwargs', wrong.kwargs, ({ signal }, value) => signal.send(value)),
  ...optionRows('Signal#send', settling, ({ signal }, value) => signal.send({}, value)),
  ...rows('Signal#sendSerial', 'kwargs', wrong.kwargs, ({ signal }, value) => signal.sendSerial(value)),
  ...optionRows('Signal#sendSerial', { ...settling, until: wrong.function }, ({ signal }, value) =>
    signal.sendSerial({}, value),
  ),
  ...optionRows('Signal#wait', waiting, ({ signal }, value) => signal.wait(value)),
];

/** What is said about a value that is not what was expected. */
function gotOf(value: unknown): RegExp {
  if (typeof value === 'string') return new RegExp(`, got string "${value}"`);
  if (typeof value === 'number') return new RegExp(`, got .*${String(value)}`);
  if (value === null || value === undefined) return new RegExp(`, got ${String(value)}`);
  return /, got ./;
}

function expectRefusal(error: unknown, { parameter, value }: Row): void {
  const { name, message } = error as Error;
  const outOfRange = typeof value === 'number' && !(Number.isFinite(value) && value > 0);
  expect(name).toMatch(outOfRange ? /^(Type|Range)Error$/ : /^TypeError$/);
  expect(message).toMatch(/^Expected /);
  expect(message).toContain(`\`${parameter}\``);
  expect(message).toMatch(/ to (be|name) /);
  expect(message).toMatch(gotOf(value));
}

const titled = (table: readonly Row[]): [title: string, row: Row][] =>
  table.map((row) => [`${row.call}: \`${row.parameter}\` is ${inspect(row.value)}`, row]);

function inspect(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inspect).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `${value.constructor.name} {}`;
  return typeof value === 'function' ? value.name : String(value);
}

describe('bad input is refused at once, and nothing has happened', () => {
  let fixture: Fixture;
  let before: unknown;

  beforeEach(() => {
    jest.useFakeTimers();
    fixture = makeFixture();
    before = stateOf(fixture);
  });

  afterEach(async () => {
    expect(stateOf(fixture)).toEqual(before);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(stateOf(fixture)).toEqual(before);
    // Nobody has been left connected or muted, nor the manager closed: the next send reaches all there are.
    fixture.settle();
    await flush();
    expect(await fixture.manager.send(fixture.signal, {}, named)).toHaveLength(4);
    expect(fixture.receiver).toHaveBeenCalledTimes(4);
    await fixture.manager.close({ timeoutMs: 10 });
    jest.useRealTimers();
  });

  it.each(titled(throwing))('%s: throws', (_title, row) => {
    let refusal: unknown;
    try {
      row.attempt(fixture);
    } catch (error) {
      refusal = error;
    }
    expectRefusal(refusal, row);
  });

  it.each(titled(rejecting))('%s: rejects', async (_title, row) => {
    const outcome = row.attempt(fixture);
    expect(outcome).toBeInstanceOf(Promise);
    const settled = jest.fn();
    (outcome as Promise<unknown>).then(() => settled(undefined), settled);
    // No time passes: it is rejected at once.
    await flush();
    expect(settled).toHaveBeenCalledTimes(1);
    expectRefusal(settled.mock.calls[0]?.[0], row);
  });

  it.each(['sneder', 'priorty', 'receiver', 'timeoutMs', 'toString'])(
    'an unknown option of connect is named: %s (R7)',
    (name) => {
      const { manager, signal } = fixture;
      const options = { [name]: 1 } as object;
      for (const connect of [
        () => manager.connect(own, signal, options),
        () => signal.connect(own, options),
        () => manager.connectVia(signal, options)(own),
      ]) {
        expect(connect).toThrow(TypeError);
        expect(connect).toThrow(name);
      }
    },
  );

  it.each([null, 5, 'text'])(
    'options that are %s are refused where a send has no more to do than to call',
    async (came) => {
      const manager = new SignalManager();
      const signal = new Signal<Record<string, unknown>>({ manager });
      const receiver = jest.fn();
      signal.connect(receiver);
      const options = came as unknown as object;
      const message = /`options` to be an object, got/;
      expect(() => signal.emit({}, options)).toThrow(message);
      await expect(signal.send({}, options)).rejects.toThrow(message);
      expect(receiver).not.toHaveBeenCalled();
    },
  );
});
