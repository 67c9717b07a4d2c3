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
  const [manager, other] = [new SignalManager({ onError }), new SignalManager({ onError })];
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
  return { managers: [manager, other], signals: [make[first](), make[second]()] };
}

export function makeModel(kinds: Sequence['kinds'], onError: (error: unknown) => void): Stage {
  const signals: Stage['signals'] = [{}, {}];
  const [sticky, declared] = ['sticky', 'defaults'].map((kind) =>
    signals.filter((_signal, i) => kinds[i]?.includes(kind)),
  );
  const make = (): Manager => new ModelManager(sticky ?? [], declared ?? [], onError);
  return { managers: [make(), make()], signals };
}
