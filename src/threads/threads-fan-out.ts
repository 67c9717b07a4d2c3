import type { FanOutCall } from '../far/fan-out-call.js';
import { FanOut, type FanOutRules, type FanOutTransport } from '../far/fan-out.js';
import type { FarCall, FarSend } from '../far/index.js';
import { decodeReason } from '../far/decode-reason.js';
import { decodeResult } from '../far/encoding.js';
import { encodeReason } from '../far/encode-reason.js';
import type { FarResult } from '../contract/signals.js';
import type { ThreadRequest } from './calls.js';
import { ThreadExitedError } from './errors.js';
import type { OwnThread } from './own-thread.js';
import type { AnswerMessage, FailedMessage, StepMessage } from './messages.js';
import { encodeExtras } from './send-extras.js';
import type { RemoteThread } from './roster.js';
import type { ThreadShare } from './shares.js';
import { snapshotOf } from './kwargs-copy.js';

type ThreadCall = FanOutCall<RemoteThread>;

const THREAD_RULES: FanOutRules = {
  allOf: (thread) => `(all of thread ${thread})`,
  place: 'thread',
  reportsAbort: 'idle',
  waitsAfterUntil: false,
};

/** A send to other threads that waits for their results. */
export class ThreadsFanOut implements FarCall, ThreadRequest, FanOutTransport<RemoteThread> {
  readonly rules = THREAD_RULES;
  readonly #member: OwnThread;
  readonly #name: string;
  readonly #send: FarSend;
  readonly #kwargs: object;
  readonly #fanOut: FanOut<RemoteThread>;
  /** The pending calls, by the numbers of the threads. */
  readonly #calls = new Map<number, ThreadCall>();
  #id = 0;

  /** @throws DataCloneError if the kwargs cannot be cloned. */
  constructor(member: OwnThread, name: string, share: ThreadShare, send: FarSend, targets: readonly RemoteThread[]) {
    this.#member = member;
    this.#name = name;
    this.#send = send;
    this.#kwargs = snapshotOf(send.kwargs);
    this.#fanOut = new FanOut(
      {
        signal: name,
        send,
        targets: send.reverse ? [...targets].reverse() : targets,
        attachment: share.attachment,
        timeoutMs: member.timeoutMs,
      },
      this,
    );
  }

  start(): Promise<readonly FarResult[]> {
    this.#id = this.#member.calls.add(this);
    return this.#fanOut.start();
  }

  abort(reason: unknown): void {
    this.#fanOut.abort(reason);
  }

  hurry(): void {
    this.#fanOut.hurry();
  }

  answered(peer: RemoteThread, message: AnswerMessage | FailedMessage): void {
    const call = this.#calls.get(peer.id);
    if (message.type === 'failed') call?.fail(decodeReason(message.reason));
    else call?.answer(resultsOf(peer, message));
  }

  stepped(peer: RemoteThread, message: StepMessage): void {
    this.#calls.get(peer.id)?.step(resultsOf(peer, message));
  }

  left(peer: RemoteThread): void {
    this.#calls.get(peer.id)?.fail(new ThreadExitedError(peer.name));
  }

  nameOf({ name }: RemoteThread): string {
    return name;
  }

  absenceOf(peer: RemoteThread): 'left' | Error | undefined {
    const { roster, closed } = this.#member;
    if (roster.get(peer.id) === peer) return undefined;
    // After a close here, the thread may still have receivers.
    return closed ? new ThreadExitedError(peer.name) : 'left';
  }

  ask(calls: readonly ThreadCall[]): void {
    const { kind, timeoutMs, abortable, until } = this.#send;
    for (const call of calls) this.#calls.set(call.target.id, call);
    this.#member.post({
      type: 'send',
      to: numbersOf(calls),
      from: this.#member.id,
      id: this.#id,
      signal: this.#name,
      kwargs: this.#kwargs,
      kind: kind === 'serial' ? (until === undefined ? 'serial' : 'asking') : 'send',
      timeoutMs,
      abortable,
      rest: encodeExtras(this.#send),
      trace: this.#send.trace,
    });
  }

  goOn({ target }: ThreadCall, stop: boolean): void {
    this.#member.post({ type: 'go-on', to: [target.id], from: this.#member.id, id: this.#id, stop });
  }

  tellAbort(calls: readonly ThreadCall[], reason: unknown): void {
    const to = numbersOf(calls);
    this.#member.post({ type: 'abort', to, from: this.#member.id, id: this.#id, reason: encodeReason(reason) });
  }

  release({ target }: ThreadCall): void {
    this.#calls.delete(target.id);
  }

  end(): void {
    this.#member.calls.delete(this.#id);
  }
}

function numbersOf(calls: readonly ThreadCall[]): number[] {
  return calls.map(({ target }) => target.id);
}

function resultsOf({ name }: RemoteThread, { results }: AnswerMessage | StepMessage): FarResult[] {
  return results.map((result) => decodeResult(result, { thread: name }));
}
