// Never run: what must compile and what must not, checked by `npm run types`.
/* eslint-disable @typescript-eslint/no-unused-vars -- most names are here to have their types looked at */
import type { disconnect, RECEIVER_DISCONNECTED, sharedManager } from '../../src/index.js';
import {
  ANY,
  connect,
  type ConnectionChange,
  emit,
  type Explanation,
  failures,
  type FarResult,
  RECEIVER_CONNECTED,
  type Receiver,
  send,
  type SendResult,
  Signal,
  SignalManager,
  type SignalToken,
  values,
} from '../../src/index.js';
import { check, type Equal } from './equal.js';

const manager = new SignalManager();
const started = new Signal<{ port: number }, string>({ manager });
const token = Symbol('token');

// Asking.
check<Equal<ReturnType<typeof started.receivers>, Receiver[]>>();
check<Equal<ReturnType<typeof manager.receivers>, Receiver[]>>();
check<Equal<ReturnType<typeof manager.signals>, SignalToken[]>>();
check<Equal<ReturnType<typeof manager.explain>, Explanation[]>>();
check<Equal<ReturnType<typeof manager.hasReceivers>, boolean>>();
check<Equal<ReturnType<typeof manager.disconnectAll>, number>>();
check<Equal<typeof manager.pending, number>>();
manager.receivers(ANY satisfies SignalToken, { key: 'k', senders: [1] });
// @ts-expect-error a string is no signal
manager.receivers('started');
// @ts-expect-error a question is about a signal
manager.hasReceivers();
// @ts-expect-error a misspelt filter
manager.explain(token, { kye: 'k' });
// @ts-expect-error an option of connect is no filter
manager.receivers(token, { once: true });
// @ts-expect-error what is pending is counted, not set
manager.pending = 0;
// @ts-expect-error a name is given once
manager.name = 'app';

// Disconnecting.
const receiver = ({ port }: { port: number }) => String(port);
manager.disconnect(receiver);
manager.disconnect(receiver, started, { key: 'k', thisArg: manager, uid: 'u' });
started.disconnect(receiver, { sender: manager });
// @ts-expect-error a string is no signal
manager.disconnect(receiver, 'started');
// @ts-expect-error a priority does not say what to disconnect
manager.disconnect(receiver, started, { priority: 1 });
// @ts-expect-error null is no signal
manager.disconnectAll(null);
// @ts-expect-error an explicit undefined is not "left out" (R1)
manager.disconnectAll(undefined);
// @ts-expect-error an explicit undefined is not "left out"
manager.disconnect(receiver, undefined);
// @ts-expect-error an explicit undefined is not "left out"
manager.mute(undefined);

// Disposing.
export async function blocks(): Promise<void> {
  using connection = started.connect(receiver);
  using muted = manager.mute(started);
  using delayed = started.emitAfter(100, { port: 1 });
  await using own = new SignalManager();
  await using stream = started.stream();
  check<Equal<typeof delayed.pending, boolean>>();
  check<Equal<ReturnType<typeof delayed.cancel>, boolean>>();
  // @ts-expect-error a mute is disposed, it is no promise
  const awaited: PromiseLike<unknown> = muted;
}

// The meta signals.
manager.connect(({ connection, manager: on }) => {
  check<Equal<typeof on, SignalManager>>();
  return connection.signal;
}, RECEIVER_CONNECTED);
check<Equal<typeof RECEIVER_DISCONNECTED, Signal<ConnectionChange>>>();

// Decorating: the function keeps its type.
const via = started.connectVia({ once: true })(receiver);
check<Equal<typeof via, typeof receiver>>();
const viaToken = manager.connectVia(token)(async () => 5);
check<Equal<ReturnType<typeof viaToken>, Promise<number>>>();
export class Service {
  @started.connectVia()
  onStarted({ port }: { port: number }): string {
    return String(port);
  }
  @manager.connectVia(token, { weak: true })
  async onToken(): Promise<void> {
    await this.#onAny();
  }
  @manager.connectVia(ANY)
  static onAny(): void {}
  @manager.connectVia(token)
  async #onAny(): Promise<void> {
    await Promise.resolve();
  }
  // @ts-expect-error a field is no method
  @manager.connectVia(token)
  field = 5;
}
// @ts-expect-error a string is no signal
manager.connectVia('started');
// @ts-expect-error a misspelt option
manager.connectVia(token, { onec: true });
// @ts-expect-error a result that is no string (N15)
started.connectVia()(() => 5);
// @ts-expect-error a result that is no string, through the manager
manager.connectVia(started)(() => 5);
// @ts-expect-error a kwarg of another type
started.connectVia()(({ port }: { port: string }) => port);
export class Misfit {
  // @ts-expect-error a result that is no string
  @started.connectVia()
  onStarted({ port }: { port: number }): number {
    return port;
  }
  // @ts-expect-error a kwarg of another type
  @manager.connectVia(started)
  onHost({ port }: { port: string }): string {
    return port;
  }
}

// Declaring signals.
new Signal<{ port: number }>({ name: 'started', sticky: true, manager });
// @ts-expect-error an option nobody knows
new Signal({ stikcy: true });
// @ts-expect-error a name goes into the options
new Signal('started');
// @ts-expect-error defaults are an object
new Signal({ defaults: 5 });
// @ts-expect-error a signal is made with new
Signal();
// @ts-expect-error a name is a string
manager.signal(5);

// Managers.
new SignalManager({ onError: null });
// @ts-expect-error an option nobody knows
new SignalManager({ onerror: null });
// @ts-expect-error a report goes to a function
new SignalManager({ onError: 'print' });
void manager.drain({ timeoutMs: 10 });
// @ts-expect-error time has a unit
void manager.close({ timeout: 10 });

// The module functions are the methods of the shared manager.
check<Equal<ReturnType<typeof sharedManager>, SignalManager>>();
check<Equal<typeof connect, SignalManager['connect']>>();
check<Equal<typeof disconnect, SignalManager['disconnect']>>();
connect(receiver, started);
void send(started, { port: 1 });
emit(started, { port: 1 });
// @ts-expect-error a missing kwarg
void send(started);
// @ts-expect-error a kwarg of the wrong type
emit(started, { port: '1' });

// Results.
export async function results(far: FarResult<number>): Promise<void> {
  const sent = await started.send({ port: 1 });
  const strings = values(sent);
  check<Equal<typeof strings, string[]>>();
  const [failure] = failures(sent);
  check<Equal<typeof failure, Extract<SendResult<string>, { status: 'rejected' }> | undefined>>();
  check<Equal<typeof far.receiver, undefined>>();
  check<Equal<typeof far.receiverName, string>>();
  // @ts-expect-error one result is no list of them
  values(sent[0]);
}
