/// <reference lib="esnext.disposable" />
import type { FarResult, KwargsOf, ResultOf, SendResult, SignalManager, SignalToken, WatchedSend } from '../index.js';

/** One send, as a {@link Recording} keeps it. */
export interface RecordedSend<T extends SignalToken = SignalToken> {
  /** The signal that was sent. */
  readonly signal: T;
  /** The manager that sent it. */
  readonly manager: SignalManager;
  /** The verb. `emitAfter` and `publish` count as `emit`. */
  readonly kind: WatchedSend['kind'];
  /** `remote`: it was sent in another thread or node. */
  readonly origin: WatchedSend['origin'];
  /** The object that the receivers got, not a copy. */
  readonly kwargs: KwargsOf<T>;
  /** The senders that the send named. */
  readonly senders: readonly unknown[];
  /** The keys that the send named. */
  readonly keys: readonly unknown[];
  /** In the order in which they became known. Complete when the send is over. */
  readonly results: readonly Result<T>[];
}

/** The outcome of one receiver. `receiver` is undefined for one in another thread or node. */
export type Result<T extends SignalToken> = SendResult<ResultOf<T>> | FarResult<ResultOf<T>>;

/** One rejected result. */
export interface RecordedFailure {
  /** The value that the receiver threw or rejected with. */
  readonly error: unknown;
  /** The signal that was sent. */
  readonly signal: SignalToken;
  /** The name of the receiver. */
  readonly receiverName: string;
  /** Whether the send listed it in `expected`. */
  readonly expected: boolean;
}

/** The sends of one or more managers. Disposing it ends the recording and keeps what was recorded. */
export interface Recording extends Disposable {
  /** The sends, in the order in which they began. The array grows as the app sends. */
  readonly sends: readonly RecordedSend[];
  /** Returns the sends of one signal. */
  of<T extends SignalToken>(signal: T): RecordedSend<T>[];
  /** Returns the kwargs of the sends of one signal. */
  kwargs<T extends SignalToken>(signal: T): KwargsOf<T>[];
  /** Returns the results of the sends of one signal, send by send. */
  results<T extends SignalToken>(signal: T): Result<T>[];
  /** Every rejected result, in the order in which they became known, expected ones included. */
  readonly failures: readonly RecordedFailure[];
  /** Empties both lists and keeps recording. Sends that are in progress are not recorded any more. */
  clear(): void;
  /**
   * Resolves when nothing is left to do. No send of the recorded managers is pending then, and no running bus of theirs
   * has a payload. The threads and nodes that share their signals are done. One turn of the event loop has brought
   * nothing new. Delayed emits, periodic tasks, waits and streams do not count. Fake timers do not affect it.
   *
   * @param options - `timeoutMs`: 0 or more, or `Infinity`; default: 5,000.
   * @returns Rejects with a DrainTimeoutError after `timeoutMs`. Its `pending` names what is not done, or else the signals
   * that are sent all the time. Rejects with a TypeError or RangeError for bad arguments.
   */
  settled(options?: { readonly timeoutMs?: number | undefined }): Promise<void>;
}

/** The options of {@link silence}. */
export interface SilenceOptions {
  /** The signals that are sent as usual. Default: none. */
  readonly except?: Iterable<SignalToken> | undefined;
}

/** The outcome of a matcher, for `expect`. */
export interface MatcherResult {
  /** Whether the recording matches, before `not` is applied. */
  readonly pass: boolean;
  /** Returns the text of the failure. */
  message(): string;
  /** The recorded value, for the difference that test runners show. */
  readonly actual?: unknown;
  /** The value that the test expects, for the same difference. */
  readonly expected?: unknown;
}

/** The matchers of `expect(recording)`. */
export interface SignalMatchers<R = unknown> {
  /** Passes if any send of the signal had kwargs equal to these, as in `toEqual`; without `kwargs`, if there was any send. */
  toHaveSent<T extends SignalToken>(signal: T, kwargs?: Partially<KwargsOf<T>>): R;
  /** Passes if the signal was sent this many times. */
  toHaveSentTimes(signal: SignalToken, times: number): R;
  /** Passes if these signals were sent in this order. Others may come between them. */
  toHaveSentInOrder(signals: readonly SignalToken[]): R;
}

/** Values of `K`, or asymmetric matchers for the whole or for some of its parts, at any depth. */
export type Partially<K> =
  | AsymmetricMatcher
  | { readonly [N in keyof K]: K[N] | Partially<Exclude<Extract<K[N], object>, (...args: never[]) => unknown>> };

/** An object such as `expect.any(String)`. */
export interface AsymmetricMatcher {
  /** Returns whether the value matches. */
  asymmetricMatch(other: unknown): boolean;
}
