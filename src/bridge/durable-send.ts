import { ReceiverTimeoutError } from '../signals/errors.js';
import type { FarAttachment, FarCall, FarSend } from '../far/index.js';
import { Timer } from '../internal/timer.js';
import type { FarResult } from '../contract/signals.js';

export interface DurableSendOptions {
  readonly signal: string;
  readonly send: FarSend;
  readonly node: string;
  readonly engineName: string;
  /** The time limit for the engine to store it, if the send has no `timeoutMs`. */
  readonly timeoutMs: number;
  readonly attachment: FarAttachment;
  readonly publish: () => Promise<void>;
  /** Called when the send starts, with the promise of its end. */
  readonly onStart: (done: Promise<unknown>) => void;
}

/** One durable send. It has no remote results, except a rejected one if the engine does not store it. */
export class DurableSend implements FarCall {
  readonly #options: DurableSendOptions;
  readonly #limitMs: number;
  #giveUp: (reason: unknown) => void = () => undefined;
  readonly #givenUp = new Promise<never>((_resolve, reject) => (this.#giveUp = reject));
  #aborted = false;

  constructor(options: DurableSendOptions) {
    this.#options = options;
    this.#limitMs = options.send.timeoutMs ?? options.timeoutMs;
    this.#givenUp.catch(() => undefined);
  }

  start(): Promise<readonly FarResult[]> {
    const done = this.#store();
    this.#options.onStart(done);
    return done;
  }

  abort(reason: unknown): void {
    this.#aborted = true;
    this.#giveUp(reason);
  }

  async #store(): Promise<readonly FarResult[]> {
    const { signal, send, node, engineName, attachment, publish } = this.#options;
    const receiverName = `(${engineName})`;
    const timer = new Timer(this.#limitMs, () => {
      this.#giveUp(new ReceiverTimeoutError(receiverName, `"${signal}"`, this.#limitMs));
    });
    try {
      await (this.#aborted ? this.#givenUp : Promise.race([publish(), this.#givenUp]));
      return [];
    } catch (reason) {
      attachment.report(reason, engineName, send);
      return [{ status: 'rejected', reason, receiverName, node }];
    } finally {
      timer.stop();
    }
  }
}
