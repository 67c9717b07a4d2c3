import {
  type ConnectOptions,
  type Connection,
  type DisconnectOptions,
  type Explanation,
  type Filter,
  type Receiver,
  type SendContext,
  type SendResult,
  type SerialOptions,
  Signal,
  SignalManager,
  type SendWatch,
  type SendWatcher,
  type SignalToken,
} from '../../src/index.js';
import { ModelManager } from './model-manager.js';
import type { Kind, Sequence } from './model-sequence.js';

export type Kwargs = Record<string, unknown>;
export type Options = SerialOptions<unknown>;
/** `because` is compared only where it matches. */
export type Explained = Pick<Explanation, 'receiver' | 'matches' | 'because'>;

export type Where = (kwargs: unknown, context: SendContext) => boolean;
/** Of the signals that declare any. */
export const DEFAULTS: Kwargs = { n: -1, more: 'default' };

/** What the model and the real manager both do. */
export interface Manager {
  connect(receiver: Receiver, signal: SignalToken, options: ConnectOptions): Connection;
  disconnect(receiver: Receiver, ...rest: [] | [signal: SignalToken, options?: DisconnectOptions]): boolean;
  disconnectAll(...args: [] | [signal: SignalToken]): number;
  send(signal: SignalToken, kwargs: Kwargs, options: Options): Promise<SendResult[]>;
  sendSerial(signal: SignalToken, kwargs: Kwargs, options: Options): Promise<SendResult[]>;
  sendSync(signal: SignalToken, kwargs: Kwargs, options: Options): SendResult[];
  emit(signal: SignalToken, kwargs: Kwargs, options: Options): void;
  stream(signal: SignalToken, options: Filter & { readonly where: Where }): { return?(): unknown };
  mute(...args: [] | [signal: SignalToken]): Disposable;
  receivers(signal: SignalToken, filter: Filter): Receiver[];
  hasReceivers(signal: SignalToken, filter: Filter): boolean;
  explain(signal: SignalToken, filter: Filter): Explained[];
  signals(): SignalToken[];
}

/** Two managers, and two signals for them. */
export interface Stage {
  readonly managers: readonly Manager[];
  readonly signals: readonly [first: SignalToken, second: SignalToken];
}
export type MakeStage = (kinds: Sequence['kinds'], onError: (error: unknown) => void) => Stage;

export function makeReal(kinds: Sequence['kinds'], onError: (error: unknown) => void): Stage {
  return makeWith(kinds, [new SignalManager({ onError }), new SignalManager({ onError })]);
}

/** The same, with watchers that do all that a watcher may do. Their own errors are not in the account. */
export function makeWatched(kinds: Sequence['kinds'], onError: (error: unknown) => void): Stage {
  const managers = [1, 2].map(() => {
    const manager = new SignalManager({
      onError: (error, { source }) => {
        if (source === 'receiver') onError(error);
      },
    });
    for (const watcher of watchers()) manager.watch(watcher);
    return manager;
  });
  return makeWith(kinds, managers as [SignalManager, SignalManager]);
}

function watchers(): SendWatcher[] {
  let count = 0;
  const fail = (): never => {
    throw new Error('watcher failed');
  };
  const goThenFail = (go: () => unknown): never => {
    go();
    throw new Error('watcher failed');
  };
  const watches: SendWatch[] = [
    { onResult: () => void (count += 1), onEnd: () => void (count += 1) },
    { run: (go) => go(), call: (_receiver, go) => [go(), go()] },
    { run: fail, call: fail, onResult: fail, onEnd: fail },
    { run: goThenFail, call: (_receiver, go) => goThenFail(go) },
    { run: () => 'no go', call: () => Promise.reject(new Error('no go')) },
  ];
  return [
    { onSend: () => undefined },
    { onSend: fail },
    ...watches.map((watch) => ({ onSend: () => watch })),
    // Each in turn, and often none.
    { onSend: () => watches[(count += 1) % (2 * watches.length)] },
  ];
}

function makeWith(kinds: Sequence['kinds'], managers: readonly [SignalManager, SignalManager]): Stage {
  const [manager, other] = managers;
  const make: Record<Kind, () => SignalToken> = {
    symbol: () => Symbol('signal'),
    object: () => ({}),
    signal: () => new Signal({ manager }),
    sticky: () => new Signal({ manager, sticky: true }),
    defaults: () => new Signal({ manager, defaults: DEFAULTS }),
    foreign: () => new Signal({ manager: other }),
    'foreign sticky': () => new Signal({ manager: other, sticky: true }),
  };
  const [first, second] = kinds;
  return { managers, signals: [make[first](), make[second]()] };
}

export function makeModel(kinds: Sequence['kinds'], onError: (error: unknown) => void): Stage {
  const signals: Stage['signals'] = [{}, {}];
  const [sticky, declared] = ['sticky', 'defaults'].map((kind) =>
    signals.filter((_signal, i) => kinds[i]?.includes(kind)),
  );
  const make = (): Manager => new ModelManager(sticky ?? [], declared ?? [], onError);
  return { managers: [make(), make()], signals };
}
