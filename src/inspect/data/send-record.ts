import type { FarResult, Receiver, SendResult, WatchedSend } from '../../index.js';
import type { ErrorNote, SeenCall, SeenSend } from '../types.js';
import { CallMatcher } from '../../watch/call-matcher.js';
import { isQueue } from '../../watch/queues.js';
import type { ReceiverTally } from './call-tally.js';
import { errorNote } from './error-note.js';
import type { Aim, KnownReceiver } from './known-receiver.js';
import type { SignalRecord } from './signal-record.js';

interface Call {
  readonly tally: ReceiverTally;
  /** undefined for the queue of a subscriber, whose work counts apart. */
  readonly startedMs: number | undefined;
  status: SeenCall['status'];
  error: ErrorNote | null;
}

/** One send, live or kept. Keeps nothing of the app alive once it is over. */
export class SendRecord {
  readonly id: number;
  readonly signal: SignalRecord;
  readonly aim: Aim;
  /** Whether the signal was muted, and whether ANY was. */
  readonly muted: { readonly own: boolean; readonly any: boolean };
  readonly #send: Pick<SeenSend, 'signalName' | 'kind' | 'origin' | 'at' | 'kwargs' | 'peers'>;
  readonly #startedMs: number;
  #durationMs: number | null = null;
  /** When it ended, in the order of what happens. */
  endMoment = Infinity;
  /** Whether the signal was muted when it ended. */
  mutedAtEnd = false;
  readonly #calls: Call[] = [];
  readonly #matcher = new CallMatcher<Call>();
  #waiting: Map<Receiver, Iterator<KnownReceiver>> | undefined;
  /** Receivers that have a result without a call. */
  #passedOver: Set<ReceiverTally> | undefined;

  constructor(
    id: number,
    signal: SignalRecord,
    send: WatchedSend,
    aim: Aim,
    kwargs: unknown,
    muted: { readonly own: boolean; readonly any: boolean },
  ) {
    const { signalName, kind, origin, peers } = send;
    this.id = id;
    this.signal = signal;
    this.aim = aim;
    this.muted = muted;
    this.#send = { signalName, kind, origin, at: Date.now(), kwargs, peers };
    this.#startedMs = performance.now();
  }

  get isOver(): boolean {
    return this.#durationMs !== null;
  }

  /** Whether it calls one receiver after the other, so that it may be stopped between them. */
  get isInTurn(): boolean {
    return this.#send.kind === 'serial' || this.#send.kind === 'sync';
  }

  /** Whether the send was aborted before the turn of some receivers. */
  get wasAborted(): boolean {
    return this.#passedOver !== undefined;
  }

  /** The receivers that it has not called yet, of the functions that are connected with several `this`. */
  get waiting(): Map<Receiver, Iterator<KnownReceiver>> {
    return (this.#waiting ??= new Map<Receiver, Iterator<KnownReceiver>>());
  }

  /** The receivers that it has called. */
  get called(): ReadonlySet<ReceiverTally> {
    return new Set(this.#calls.map(({ tally }) => tally));
  }

  /** Whether the receiver has a result without a call. */
  hasPassedOver(tally: ReceiverTally): boolean {
    return this.#passedOver?.has(tally) === true;
  }

  /** Calls a receiver. */
  call(receiver: Receiver, go: () => unknown): unknown {
    const tally = this.#find(receiver);
    if (tally === undefined || this.isOver) return go();
    const call: Call = { tally, startedMs: performance.now(), status: 'pending', error: null };
    this.#calls.push(call);
    this.#matcher.begin(receiver, call);
    tally.begin();
    const value = go();
    this.#matcher.returned(value);
    return value;
  }

  /** Takes a result of a local receiver. */
  settle(result: SendResult): void {
    const call = this.#matcher.end(result) ?? this.#uncalled(result.receiver);
    if (call === undefined) return;
    call.status = result.status;
    if (call.startedMs !== undefined) call.tally.end(performance.now() - call.startedMs);
    if (result.status === 'fulfilled') return;
    call.error = errorNote(result.reason);
    if (call.startedMs !== undefined) call.tally.failed(call.error);
  }

  /** @param isMuted - Whether the signal is muted now. */
  end(moment: number, isMuted: boolean): void {
    this.endMoment = moment;
    this.mutedAtEnd = isMuted;
    this.#durationMs = performance.now() - this.#startedMs;
    this.signal.sends.end(this.#durationMs);
    for (const { tally, status, startedMs } of this.#calls) {
      if (status === 'pending' && startedMs !== undefined) tally.giveUp();
    }
    this.#matcher.endAll();
    this.#waiting = undefined;
  }

  seen(): SeenSend {
    const calls = this.#calls.map(({ tally: { id, known }, status, error }) => {
      return { receiverId: id, name: known.name, status, error };
    });
    return { id: this.id, signalId: this.signal.id, durationMs: this.#durationMs, ...this.#send, calls };
  }

  #find(receiver: Receiver): ReceiverTally | undefined {
    return this.signal.calledBy(receiver, this);
  }

  /** Takes a result without a call: of a queue, or of a receiver whose turn had not come when the send was aborted. */
  #uncalled(receiver: Receiver): Call | undefined {
    const tally = this.#find(receiver);
    if (tally === undefined) return undefined;
    if (!isQueue(receiver)) {
      (this.#passedOver ??= new Set()).add(tally);
      return undefined;
    }
    const call: Call = { tally, startedMs: undefined, status: 'pending', error: null };
    this.#calls.push(call);
    return call;
  }
}

export function isLocal(result: SendResult | FarResult): result is SendResult {
  return result.receiver !== undefined;
}
