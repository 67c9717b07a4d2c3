// Never run: what must compile and what must not, checked by `npm run types`.
/* eslint-disable @typescript-eslint/no-unused-vars -- most names are here to have their types looked at */
import {
  ANY,
  type Connection,
  type Delivery,
  type KwargsOf,
  type Receiver,
  type ResultOf,
  type SendContext,
  type SendResult,
  type SentOf,
  Signal,
  SignalManager,
} from '../../src/index.js';
import { check, type Equal } from './equal.js';

interface Started {
  port: number;
  host?: string;
}

const manager = new SignalManager({
  name: 'app',
  onError: (error, { signal, receiver, sender }) => [error, signal, receiver, sender],
});
const started = new Signal<Started, string>({ name: 'started', manager });
const plain = new Signal();
const named = manager.signal<Started, string>('started');
const withDefaults = new Signal({ defaults: { port: 80, host: 'localhost', tags: ['a'] } });
const token = Symbol('token');
const objectToken = { token: true };

// What a signal says about itself.
check<Equal<KwargsOf<typeof started>, Started>>();
check<Equal<ResultOf<typeof started>, string>>();
check<Equal<SentOf<typeof started>, Started>>();
check<Equal<typeof named, Signal<Started, string>>>();
check<Equal<KwargsOf<typeof withDefaults>, { port: number; host: string; tags: string[] }>>();
check<Equal<SentOf<typeof withDefaults>, Partial<{ port: number; host: string; tags: string[] }>>>();
check<Equal<ResultOf<typeof token>, unknown>>();
check<Equal<typeof started.name, string | undefined>>();
check<Equal<typeof started.manager, SignalManager>>();

// Receivers: kwargs are inferred, results are checked.
started.connect(({ port, host }) => {
  check<Equal<typeof port, number>>();
  check<Equal<typeof host, string | undefined>>();
  return `${host ?? ''}:${port}`;
});
started.connect(async ({ port }) => String(port));
started.connect(() => 'no parameters needed');
started.connect((kwargs, context) => {
  check<Equal<typeof kwargs, Started>>();
  check<Equal<typeof context.sender, unknown>>();
  check<Equal<typeof context.senders, ReadonlySet<unknown>>>();
  check<Equal<typeof context.keys, ReadonlySet<unknown>>>();
  check<Equal<typeof context.abortSignal, AbortSignal | undefined>>();
  check<Equal<typeof context.manager, SignalManager>>();
  return '';
});
manager.connect(({ port }) => {
  check<Equal<typeof port, number>>();
  return String(port);
}, started);
manager.connect(({ port }: { port: number }) => port, token);
manager.connect(() => undefined, objectToken);
manager.connect(() => undefined, ANY);
withDefaults.connect(({ port, host, tags }) => {
  check<Equal<typeof port, number>>();
  return [host, ...tags];
});
const connection: Connection = plain.connect(() => undefined);
check<Equal<ReturnType<typeof connection.disconnect>, boolean>>();

// @ts-expect-error a result that is no string
started.connect(({ port }) => port);
// @ts-expect-error a promise of a result that is no string
started.connect(async ({ port }) => port);
// @ts-expect-error nothing returned where a string is expected
started.connect(() => {});
// @ts-expect-error a kwarg the signal does not have
started.connect(({ prot }) => String(prot));
// @ts-expect-error a kwarg of another type
started.connect(({ port }: { port: string }) => port);
// @ts-expect-error a kwarg that may be missing
started.connect(({ host }: { host: string }) => host);
// @ts-expect-error a third parameter nobody gives
started.connect((_kwargs: Started, _context: SendContext, third: number) => String(third));
// @ts-expect-error the same through the manager
manager.connect(({ port }) => port, started);

// A signal of `void` takes whatever receivers return, and one of `undefined` does not.
const noted = new Signal<{ port: number }, void>({ manager });
const ports: number[] = [];
noted.connect(({ port }) => ports.push(port));
noted.connect(async ({ port }) => ports.push(port));
manager.connect(({ port }) => ports.push(port), noted);
noted.connectVia()(({ port }) => ports.push(port));
check<Equal<ResultOf<typeof noted>, void>>();
const quiet = new Signal<{ port: number }, undefined>({ manager });
quiet.connect(async () => undefined);
// @ts-expect-error a number is not undefined
quiet.connect(({ port }) => ports.push(port));
// @ts-expect-error a kwarg of another type, although any result fits
noted.connect(({ port }: { port: string }) => port);

// Code that is generic in the results.
export function relay<K extends object, R>(signal: Signal<K, R>, receiver: Receiver<K, R>, result: R): Receiver<K, R> {
  signal.connect(receiver);
  signal.connect(() => result);
  signal.connect(async (kwargs, context) => await receiver(kwargs, context));
  return (kwargs, context) => receiver(kwargs, context);
}

// @ts-expect-error a receiver is a function
started.connect('onStarted');
// @ts-expect-error the receiver is missing
started.connect();
// @ts-expect-error the signal is missing
manager.connect(() => undefined);
// @ts-expect-error a string is no signal
manager.connect(() => undefined, 'started');
// @ts-expect-error a number is no signal
manager.connect(() => undefined, 5);
// @ts-expect-error null is no signal
manager.connect(() => undefined, null);
// @ts-expect-error undefined is no signal
manager.connect(() => undefined, undefined);
// @ts-expect-error receiver and signal in the wrong order
manager.connect(token, () => undefined).connected.toString();

// Several signals (N1): a receiver takes the kwargs of any of them, and returns what fits each of them.
const stopped = new Signal<{ code: number }, string>({ name: 'stopped', manager });
const counted = new Signal<{ n: number }, number | string>({ name: 'counted', manager });
check<Equal<KwargsOf<(typeof started | typeof stopped)[]>, Started | { code: number }>>();
check<Equal<ResultOf<readonly [typeof started, typeof counted]>, string>>();
check<Equal<ResultOf<(typeof started | symbol)[]>, string>>();
manager.connect(
  (kwargs) => {
    check<Equal<typeof kwargs, Started | { code: number }>>();
    return 'port' in kwargs ? String(kwargs.port) : String(kwargs.code);
  },
  [started, stopped],
);
manager.connect(() => '', [started, counted] as const);
manager.connect(() => '', [started, counted], { once: true });
manager.connect((kwargs: { anything: number }) => kwargs.anything, [token, objectToken]);
manager.connectVia([started, stopped])(() => '');
// @ts-expect-error a result that fits one of the signals only
manager.connect(() => 5, [started, counted]);
// @ts-expect-error a kwarg that only one of the signals has
manager.connect(({ port }) => String(port), [started, stopped]);
// @ts-expect-error a receiver that takes the kwargs of one of the signals only
manager.connect((kwargs: Started) => String(kwargs.port), [started, stopped]);

// A signal is no other signal (N15).
interface Saved {
  readonly id: number;
  readonly email: string;
}
const saved = new Signal<Saved>();
const anySignal: Signal<any, any, any> = saved; // eslint-disable-line @typescript-eslint/no-explicit-any -- takes any
const anySent: Signal<{ port: number; host: string; tags: string[] }, unknown, any> = withDefaults; // eslint-disable-line @typescript-eslint/no-explicit-any -- takes signals with defaults, too
// @ts-expect-error fewer kwargs
const fewer: Signal<{ id: number }> = saved;
// @ts-expect-error more kwargs
const more: Signal<Saved & { at: number }> = saved;
// @ts-expect-error a wider result
const wider: Signal<Started> = started;
// @ts-expect-error a narrower result
const narrower: Signal<Saved, string> = saved;
// @ts-expect-error other kwargs may be left out
const otherSent: Signal<{ port: number; host: string; tags: string[] }> = withDefaults;

// Options of connect.
started.connect(() => '', {
  sender: null,
  senders: new Set(),
  key: 1,
  keys: ['a'],
  weak: true,
  thisArg: manager,
  once: true,
});
started.connect(() => '', { priority: -1, uid: Symbol('u'), abortSignal: AbortSignal.abort() });
// @ts-expect-error a misspelt option
started.connect(() => '', { sneder: 1 });
// @ts-expect-error an option of send
started.connect(() => '', { timeoutMs: 1 });
started.connect(() => '', { keys: ['a', 1, null], senders: [manager].values() });
noted.connect((_kwargs, { senders, keys }) => started.send({ port: 1 }, { senders, keys }));
// @ts-expect-error a string as keys: it would be read letter by letter (N15)
started.connect(() => '', { keys: 'docs' });
// @ts-expect-error a string as senders (N15)
started.connect(() => '', { senders: 'docs' });
// @ts-expect-error undefined is no key (R6)
started.connect(() => '', { keys: [undefined] });
// @ts-expect-error a sender that may be undefined (R6)
started.connect(() => '', { senders: [started.name] });
// @ts-expect-error keys that are not iterable
started.connect(() => '', { keys: 5 });
// @ts-expect-error a priority that is no number
started.connect(() => '', { priority: '1' });
// @ts-expect-error a uid that is a number
started.connect(() => '', { uid: 5 });
// @ts-expect-error a thisArg that is no object
started.connect(() => '', { thisArg: 'this' });
// @ts-expect-error once is yes or no
started.connect(() => '', { once: 1 });
// @ts-expect-error a controller is no signal
started.connect(() => '', { abortSignal: new AbortController() });

// Sending: kwargs are checked, and may be left out only where none are needed.
void started.send({ port: 1 });
void started.send({ port: 1, host: 'a' }, { timeoutMs: 100, expected: [TypeError], reverse: true, key: 'k' });
void manager.send(started, { port: 1 });
void plain.send();
void plain.send({}, { sender: manager });
void withDefaults.send();
void withDefaults.send({ port: 1 });
void manager.send(withDefaults, { host: 'a' }, { key: 'k' });
void manager.send(token);
void manager.send(token, { whatever: 1 });
void manager.send(objectToken, { whatever: 1 }, { sender: 1 });
started.emit({ port: 1 }, { keys: new Set([1]) });
started.emitAfter(100, { port: 1 });
started.sendSync({ port: 1 }, { until: (result) => result.status === 'fulfilled' && result.value.startsWith('a') });

// @ts-expect-error a missing kwarg
void started.send({});
// @ts-expect-error no kwargs where some are needed
void started.send();
// @ts-expect-error no kwargs where some are needed, through the manager
void manager.send(started);
// @ts-expect-error a kwarg of the wrong type
void started.send({ port: '80' });
// @ts-expect-error a kwarg the signal does not have
void started.send({ port: 80, prot: 1 });
// @ts-expect-error a kwarg the signal does not have, through the manager
void manager.send(started, { port: 80, prot: 1 });
// @ts-expect-error a kwarg nobody declared
void withDefaults.send({ prot: 1 });
// @ts-expect-error a default of another type
void withDefaults.send({ port: '80' });
// @ts-expect-error an explicit undefined where a string may only be left out
void started.send({ port: 80, host: undefined });
// @ts-expect-error a string is no signal
void manager.send('started');
// @ts-expect-error undefined is no signal
void manager.send(undefined);
// @ts-expect-error ANY cannot be sent (R8)
void manager.send(ANY, {});
// @ts-expect-error ANY cannot be sent
void manager.send(ANY);
// @ts-expect-error ANY cannot be sent
void manager.sendSerial(ANY, {});
// @ts-expect-error ANY cannot be sent
manager.sendSync(ANY, {});
// @ts-expect-error ANY cannot be sent
manager.emit(ANY, {});
// @ts-expect-error ANY cannot be sent
manager.emitAfter(1, ANY, {});
// @ts-expect-error a string as keys (N15)
void started.send({ port: 1 }, { keys: 'docs' });
// @ts-expect-error undefined is no sender (R6)
started.emit({ port: 1 }, { senders: [undefined] });
// @ts-expect-error kwargs that are no object
void manager.send(token, 'kwargs');
// @ts-expect-error a misspelt option
void started.send({ port: 1 }, { timeout: 100 });
// @ts-expect-error until needs an order: not with concurrent sends
void started.send({ port: 1 }, { until: () => true });
// @ts-expect-error a sync send cannot wait
started.sendSync({ port: 1 }, { timeoutMs: 100 });
// @ts-expect-error a sync send cannot be aborted
started.sendSync({ port: 1 }, { abortSignal: AbortSignal.abort() });
// @ts-expect-error emit does not wait
started.emit({ port: 1 }, { timeoutMs: 100 });
// @ts-expect-error emitAfter needs its delay
started.emitAfter({ port: 1 });
// @ts-expect-error expected takes classes, not one class
void started.send({ port: 1 }, { expected: TypeError });
// @ts-expect-error expected takes classes, not names
void started.send({ port: 1 }, { expected: ['TypeError'] });
// @ts-expect-error until answers yes or no
void started.sendSerial({ port: 1 }, { until: () => 'stop' });

// Undefined is the same as left out, for each option (N8).
const left = undefined;
const filter = { sender: left, senders: left, key: left, keys: left };
started.connect(() => '', {
  ...filter,
  weak: left,
  thisArg: left,
  once: left,
  priority: left,
  uid: left,
  abortSignal: left,
});
started.disconnect(() => '', { ...filter, thisArg: left, uid: left });
void started.send({ port: 1 }, { ...filter, timeoutMs: left, abortSignal: left, expected: left, reverse: left });
void started.sendSerial(
  { port: 1 },
  { timeoutMs: left, abortSignal: left, expected: left, reverse: left, until: left },
);
started.sendSync({ port: 1 }, { ...filter, expected: left, reverse: left, until: left });
started.emit({ port: 1 }, { ...filter, expected: left, reverse: left });
void started.wait({ ...filter, timeoutMs: left, abortSignal: left, where: left });
started.stream({ ...filter, abortSignal: left, where: left, limit: left, overflow: left });
new Signal<Started>({ name: left, manager: left, sticky: left });
new SignalManager({ name: left, onError: left });
void manager.drain({ timeoutMs: left });
void manager.close({ timeoutMs: left });
void plain.send(left, left);
manager.disconnect(() => '', started, left);

// Results.
export async function results(): Promise<void> {
  check<Equal<Awaited<ReturnType<typeof started.send>>, SendResult<string>[]>>();
  const sent = await manager.send(started, { port: 1 });
  check<Equal<typeof sent, SendResult<string>[]>>();
  for (const result of sent) {
    check<Equal<typeof result.receiver, Receiver>>();
    if (result.status === 'fulfilled') {
      check<Equal<typeof result.value, string>>();
      // @ts-expect-error a fulfilled result has no reason
      String(result.reason);
    } else {
      check<Equal<typeof result.reason, unknown>>();
      // @ts-expect-error a rejected result has no value
      String(result.value);
    }
  }
  const sync = started.sendSync({ port: 1 });
  check<Equal<typeof sync, SendResult<string>[]>>();
  const serial = await started.sendSerial({ port: 1 });
  check<Equal<typeof serial, SendResult<string>[]>>();
  const untyped = await manager.send(token);
  check<Equal<typeof untyped, SendResult[]>>();
  check<Equal<ReturnType<typeof started.emit>, void>>();
}

// Waiting.
export async function deliveries(): Promise<void> {
  const delivery = await started.wait({ where: ({ port }) => port > 80, timeoutMs: 100, key: 'k' });
  check<Equal<typeof delivery, Delivery<Started>>>();
  check<Equal<typeof delivery.kwargs.port, number>>();
  const oneOfTwo = await manager.wait([started, stopped], { where: (kwargs) => 'code' in kwargs || kwargs.port > 80 });
  check<Equal<typeof oneOfTwo, Delivery<Started | { code: number }>>>();
  for await (const { kwargs } of manager.stream([started, stopped], { limit: undefined })) {
    check<Equal<typeof kwargs, Started | { code: number }>>();
  }
  const viaManager = await manager.wait(started);
  check<Equal<typeof viaManager.kwargs, Started>>();
  for await (const { kwargs } of started.stream({
    limit: 10,
    overflow: 'drop-oldest',
    where: ({ port }) => port > 80,
  })) {
    check<Equal<typeof kwargs, Started>>();
  }
  await using stream = manager.stream(withDefaults);
  const next = await stream.next();
  if (next.done !== true) check<Equal<typeof next.value.kwargs.host, string>>();
  await manager.wait(ANY);

  // @ts-expect-error where gets the kwargs of the signal
  void started.wait({ where: ({ port }: { port: string }) => port === '' });
  // @ts-expect-error where answers yes or no
  void started.wait({ where: () => 'yes' });
  // @ts-expect-error a limit is an option of stream
  void started.wait({ limit: 1 });
  // @ts-expect-error one of three ways
  void started.stream({ overflow: 'drop' });
  // @ts-expect-error a string is no signal
  void manager.wait('started');
}
