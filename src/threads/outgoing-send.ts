import { type WithinContext, captureAsyncContext } from '../internal/async-context.js';
import { ReceiverTimeoutError } from '../signals/errors.js';
import type { FarCall, FarSend } from '../far/index.js';
import { decodeReason, decodeResult, encodeReason } from '../far/encoding.js';
import { Timer } from '../internal/timer.js';
import type { FarResult } from '../contract/signals.js';
import type { ThreadRequest } from './calls.js';
import { ThreadExitedError } from './errors.js';
import type { OwnThread } from './own-thread.js';
import type { AnswerMessage, FailedMessage, StepMessage } from './messages.js';
import { encodeExtras } from './send-extras.js';
import type { RemoteThread } from './roster.js';
import type { ThreadShare } from './shares.js';
import { snapshotOf } from './snapshot.js';

/** How much later than its receivers a thread is given up, in milliseconds: what it says of them is worth more. */
const THREAD_GRACE_MS = 50;

/** A send that is awaited, on its way to other threads: to all at once, or, when it is serial, to one after the other. */
export class OutgoingSend implements FarCall, ThreadRequest {
  readonly #member: OwnThread;
  readonly #name: string;
  readonly #share: ThreadShare;
  readonly #send: FarSend;
  readonly #kwargs: object;
  readonly #targets: readonly RemoteThread[];
  /** `until` is the sender's, and asked in its async context. */
  readonly #within: WithinContext | undefined;
  /** Those that are not asked yet, in groups that are asked together. */
  #groups: RemoteThread[][];
  readonly #open = new Map<number, RemoteThread>();
  /** By the numbers of the threads; of a serial send one by one, as they come. */
  readonly #results = new Map<number, FarResult[]>();
  /** Waits for `until`, between two of its receivers. */
  #between: RemoteThread | undefined;
  #id: number | undefined;
  #timer: Timer | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #resolve: (results: readonly FarResult[]) => void = () => undefined;

  /** @throws DataCloneError for kwargs that can't be cloned. */
  constructor(member: OwnThread, name: string, share: ThreadShare, send: FarSend, targets: readonly RemoteThread[]) {
    this.#member = member;
    this.#name = name;
    this.#share = share;
    this.#send = send;
    this.#kwargs = snapshotOf(send.kwargs);
    this.#within = send.until === undefined ? undefined : captureAsyncContext();
    this.#targets = send.reverse ? [...targets].reverse() : targets;
    this.#groups = send.kind === 'serial' ? this.#targets.map((peer) => [peer]) : [[...this.#targets]];
  }

  start(): Promise<readonly FarResult[]> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#id = this.#member.calls.add(this);
      if (this.#aborted === undefined) this.#next();
      else this.#giveUp(this.#aborted.reason);
    });
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    if (this.#id === undefined) return;
    this.#tellAbort([...this.#open.keys()], reason);
    this.#giveUp(reason);
  }

  answered(peer: RemoteThread, message: AnswerMessage | FailedMessage): void {
    if (message.type === 'failed') this.#fail(peer, decodeReason(message.reason));
    else this.#settle(peer, resultsOf(peer, message));
  }

  stepped(peer: RemoteThread, message: StepMessage): void {
    if (!this.#open.has(peer.id)) return;
    const results = resultsOf(peer, message);
    this.#put(peer, results);
    this.#watch();
    const { until } = this.#send;
    if (until === undefined) return;
    this.#between = peer;
    const stop = this.#within?.(() => results.some(until)) === true;
    this.#between = undefined;
    this.#member.post({ type: 'go-on', to: [peer.id], from: this.#member.id, id: message.id, stop });
    if (stop) this.#finish();
  }

  left(peer: RemoteThread): void {
    if (this.#open.has(peer.id)) this.#fail(peer, new ThreadExitedError(peer.name));
  }

  /** Asks the next thread, or all of them; one that has left meanwhile is not asked. */
  #next(): void {
    const group = this.#groups.shift();
    if (group === undefined) {
      this.#finish();
      return;
    }
    for (const peer of this.#present(group)) this.#open.set(peer.id, peer);
    if (this.#open.size === 0) {
      this.#next();
      return;
    }
    this.#watch();
    this.#post([...this.#open.keys()]);
  }

  #post(to: readonly number[]): void {
    const { kind, timeoutMs, abortable, until } = this.#send;
    this.#member.post({
      type: 'send',
      to,
      from: this.#member.id,
      id: this.#id as number, // it has been started
      signal: this.#name,
      kwargs: this.#kwargs,
      kind: kind === 'serial' ? (until === undefined ? 'serial' : 'asking') : 'send',
      timeoutMs,
      abortable,
      rest: encodeExtras(this.#send),
    });
  }

  /** A thread that says nothing for so long is given up; each step of a serial send is a sign of life. */
  #watch(): void {
    this.#timer?.stop();
    const { timeoutMs } = this.#send;
    const limitMs = timeoutMs ?? this.#member.timeoutMs;
    this.#timer = new Timer(timeoutMs === undefined ? limitMs : limitMs + THREAD_GRACE_MS, () => {
      for (const peer of [...this.#open.values()]) {
        const error = new ReceiverTimeoutError(`(all of thread ${peer.name})`, `"${this.#name}"`, limitMs);
        this.#tellAbort([peer.id], error);
        this.#fail(peer, error);
      }
    });
  }

  /** Threads that nobody waits for any more need not go on. */
  #tellAbort(to: readonly number[], reason: unknown): void {
    if (to.length === 0 || this.#id === undefined) return;
    this.#member.post({ type: 'abort', to, from: this.#member.id, id: this.#id, reason: encodeReason(reason) });
  }

  #fail(peer: RemoteThread, reason: unknown): void {
    if (!this.#open.has(peer.id)) return;
    this.#report(peer, reason);
    this.#settle(peer, [noAnswer(peer, reason)]);
  }

  #report(peer: RemoteThread, reason: unknown): void {
    this.#share.attachment.report(reason, peer.name, this.#send);
  }

  #settle(peer: RemoteThread, results: readonly FarResult[]): void {
    if (!this.#open.delete(peer.id)) return;
    this.#put(peer, results);
    if (this.#open.size === 0) this.#next();
  }

  #put(peer: RemoteThread, results: readonly FarResult[]): void {
    const known = this.#results.get(peer.id);
    if (known === undefined) this.#results.set(peer.id, [...results]);
    else for (const result of results) known.push(result);
  }

  /** What comes of receivers that run is reported by their threads. */
  #giveUp(reason: unknown): void {
    const asked = [...this.#open.values()];
    const others = this.#present(this.#groups.flat());
    const idle = asked.filter((peer) => peer === this.#between).concat(others);
    for (const peer of [...asked, ...others]) this.#put(peer, [noAnswer(peer, reason)]);
    this.#finish();
    for (const peer of idle) this.#report(peer, reason);
  }

  /** Those that have not left meanwhile. */
  #present(peers: readonly RemoteThread[]): readonly RemoteThread[] {
    return peers.filter((peer) => this.#member.roster.get(peer.id) === peer);
  }

  #finish(): void {
    this.#open.clear();
    this.#groups = [];
    this.#timer?.stop();
    if (this.#id !== undefined) this.#member.calls.delete(this.#id);
    this.#resolve(this.#targets.flatMap((peer) => this.#results.get(peer.id) ?? []));
  }
}

function resultsOf(peer: RemoteThread, { results }: AnswerMessage | StepMessage): FarResult[] {
  const place = { thread: peer.name };
  return results.map((result) => decodeResult(result, place));
}

function noAnswer(peer: RemoteThread, reason: unknown): FarResult {
  return { status: 'rejected', reason, receiverName: '(no answer)', thread: peer.name };
}
