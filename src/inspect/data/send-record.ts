import type { FarResult, Receiver, SendResult, WatchedSend } from '../../index.js';
import type { ErrorNote, SeenCall, SeenSend } from '../types.js';
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
  /** The call that has begun last, as long as it may be sync. */
  #last: { readonly receiver: Receiver; readonly call: Call } | undefined;
  /** The other open calls. A function may be called twice, with another `this`. */
  #open: Map<Receiver, Call[]> | undefined;
  /** The receivers that have not been called yet, of the functions that are connected with several `this`. */
  readonly #waiting = new Map<Receiver, Iterator<KnownReceiver>>();
  /** Receivers that have a result without a call. */
  readonly #passedOver = new Set<ReceiverTally>();

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
    return this.#passedOver.size > 0;
  }

  /** The receivers that it has called. */
  get called(): ReadonlySet<ReceiverTally> {
    return new Set(this.#calls.map(({ tally }) => tally));
  }

  /** Whether the receiver has a result without a call. */
  hasPassedOver(tally: ReceiverTally): boolean {
    return this.#passedOver.has(tally);
  }

  /** Calls a receiver. */
  call(receiver: Receiver, go: () => unknown): unknown {
    const tally = this.#find(receiver);
    if (tally !== undefined && !this.isOver) {
      this.#setAside();
      const call: Call = { tally, startedMs: performance.now(), status: 'pending', error: null };
      this.#calls.push(call);
      this.#last = { receiver, call };
      tally.begin();
    }
    return go();
  }

  /** Takes a result of a local receiver. */
  settle(result: SendResult): void {
    const { receiver } = result;
    const call = this.#take(receiver) ?? this.#uncalled(receiver);
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
    this.#last = this.#open = undefined;
    this.#waiting.clear();
  }

  seen(): SeenSend {
    const calls = this.#calls.map(({ tally: { id, known }, status, error }) => {
      return { receiverId: id, name: known.name, status, error };
    });
    return { id: this.id, signalId: this.signal.id, durationMs: this.#durationMs, ...this.#send, calls };
  }

  #find(receiver: Receiver): ReceiverTally | undefined {
    return this.signal.calledBy(receiver, this.aim, this.#waiting);
  }

  #setAside(): void {
    if (this.#last === undefined) return;
    const { receiver, call } = this.#last;
    this.#last = undefined;
    const open = (this.#open ??= new Map<Receiver, Call[]>());
    open.set(receiver, [...(open.get(receiver) ?? []), call]);
  }

  #take(receiver: Receiver): Call | undefined {
    if (this.#last?.receiver === receiver) {
      const { call } = this.#last;
      this.#last = undefined;
      return call;
    }
    const calls = this.#open?.get(receiver);
    if (calls !== undefined && calls.length <= 1) this.#open?.delete(receiver);
    return calls?.shift();
  }

  /** Takes a result without a call: of a queue, or of a receiver whose turn had not come when the send was aborted. */
  #uncalled(receiver: Receiver): Call | undefined {
    const tally = this.#find(receiver);
    if (tally === undefined) return undefined;
    if (!isQueue(receiver)) {
      this.#passedOver.add(tally);
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
