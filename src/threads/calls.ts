import type { AnswerMessage, FailedMessage, StepMessage } from './messages.js';
import type { RemoteThread } from './roster.js';

/** A pending request to other threads. */
export interface ThreadRequest {
  answered(peer: RemoteThread, message: AnswerMessage | FailedMessage): void;
  stepped(peer: RemoteThread, message: StepMessage): void;
  /** Called when the thread has left, so that it will not answer. */
  left(peer: RemoteThread): void;
}

/** The pending requests of this thread, by number. */
export class ThreadRequests {
  readonly #open = new Map<number, ThreadRequest>();
  readonly #onChange: () => void;
  #last = 0;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get pending(): boolean {
    return this.#open.size > 0;
  }

  add(call: ThreadRequest): number {
    this.#last += 1;
    this.#open.set(this.#last, call);
    this.#onChange();
    return this.#last;
  }

  delete(id: number): void {
    if (this.#open.delete(id)) this.#onChange();
  }

  /** Passes an answer to its request. An answer to a request that has been given up is dropped. */
  take(peer: RemoteThread, message: AnswerMessage | FailedMessage | StepMessage): void {
    const call = this.#open.get(message.id);
    if (message.type === 'step') call?.stepped(peer, message);
    else call?.answered(peer, message);
  }

  left(peer: RemoteThread): void {
    for (const call of [...this.#open.values()]) call.left(peer);
  }
}
