import type { FarDelivery } from '../far/index.js';
import { type EncodedResult, cloneableResult, encodeResult } from '../far/encoding.js';
import { decodeReason } from '../far/decode-reason.js';
import { encodeReason } from '../far/encode-reason.js';
import type { SendResult } from '../contract/signals.js';
import type { OwnThread } from './own-thread.js';
import type { AbortMessage, GoOnMessage, Run, NewSendMessage } from './messages.js';
import { decodeExtras } from './send-extras.js';

interface RunningSend {
  readonly from: number;
  readonly controller: AbortController | undefined;
  /** Answers the pending step: whether the serial send stops. */
  goOn: (stop: boolean) => void;
  /** Whether the sender has aborted or left, so that it answers no step and needs no results. */
  givenUp: boolean;
}

const sendKeyOf = ({ from, id }: { readonly from: number; readonly id: number }): string => `${from} ${id}`;

/** The sends of other threads that are being delivered in this thread. */
export class IncomingSends {
  readonly #member: OwnThread;
  readonly #running = new Map<string, RunningSend>();

  constructor(member: OwnThread) {
    this.#member = member;
  }

  takeRun({ signal, rest, kwargs, traces }: Run): void {
    const attachment = this.#member.shares.get(signal)?.attachment;
    this.#member.sends += kwargs.length;
    if (attachment === undefined) return;
    const decoded = decodeExtras(rest);
    if (decoded === undefined && traces === undefined) {
      for (const each of kwargs) attachment.deliverEmit({ kwargs: each });
      return;
    }
    kwargs.forEach((each, index) => {
      attachment.deliverEmit({ kwargs: each, ...decoded, trace: traces?.[index] });
    });
  }

  async takeSend(message: NewSendMessage): Promise<void> {
    this.#member.sends += 1;
    const key = sendKeyOf(message);
    const controller = message.abortable ? new AbortController() : undefined;
    const running: RunningSend = { from: message.from, controller, goOn: () => undefined, givenUp: false };
    this.#running.set(key, running);
    try {
      this.#tell('answer', message, await this.#deliver(message, running));
    } catch (error) {
      const { from, id } = message;
      this.#member.post({ type: 'failed', to: [from], from: this.#member.id, id, reason: encodeReason(error) });
    } finally {
      this.#running.delete(key);
    }
  }

  abort(message: AbortMessage): void {
    const running = this.#running.get(sendKeyOf(message));
    if (running === undefined) return;
    giveUpSend(running);
    running.controller?.abort(decodeReason(message.reason));
  }

  goOn(message: GoOnMessage): void {
    this.#running.get(sendKeyOf(message))?.goOn(message.stop);
  }

  /** Gives up the sends of a thread that has left. */
  left(id: number): void {
    for (const running of this.#running.values()) if (running.from === id) giveUpSend(running);
  }

  async #deliver(message: NewSendMessage, running: RunningSend): Promise<SendResult[]> {
    const attachment = this.#member.shares.get(message.signal)?.attachment;
    if (attachment === undefined) return [];
    const { kwargs, timeoutMs, trace } = message;
    const abortSignal = running.controller?.signal;
    const delivery: FarDelivery = { kwargs, timeoutMs, abortSignal, trace, ...decodeExtras(message.rest) };
    if (message.kind === 'send') return attachment.deliver(delivery);
    await attachment.deliverSerially(delivery, (result) => this.#step(message, running, result));
    return []; // they have been posted one by one
  }

  /** Posts one result of a serial send, and returns whether the send stops. */
  #step(message: NewSendMessage, running: RunningSend, result: SendResult): boolean | Promise<boolean> {
    if (running.givenUp) return true;
    const asked = new Promise<boolean>((resolve) => (running.goOn = resolve));
    this.#tell('step', message, [result]);
    return message.kind === 'asking' ? asked : false;
  }

  #tell(type: 'answer' | 'step', message: NewSendMessage, results: readonly SendResult[]): void {
    const encoded = results.map(encodeResult);
    try {
      this.#post(type, message, encoded);
    } catch {
      this.#post(
        type,
        message,
        encoded.map((result) => this.#cloneable(message, result)),
      );
    }
  }

  /** One literal, because spreading other objects into the message costs more than all the rest of an answer. */
  #post(type: 'answer' | 'step', { from, id }: NewSendMessage, results: readonly EncodedResult[]): void {
    this.#member.post({ type, to: [from], from: this.#member.id, id, results });
  }

  /**
   * Returns a result that can be cloned. A value that cannot becomes a failure of the receiver, and is reported in this
   * thread as its other failures are.
   */
  #cloneable(message: NewSendMessage, result: EncodedResult): EncodedResult {
    const cloneable = cloneableResult(result);
    if (cloneable !== result && cloneable.status === 'rejected') {
      const attachment = this.#member.shares.get(message.signal)?.attachment;
      attachment?.report(decodeReason(cloneable.reason), result.receiverName, decodeExtras(message.rest));
    }
    return cloneable;
  }
}

/** Stops a serial send at the pending step, or before the next one. */
function giveUpSend(running: RunningSend): void {
  running.givenUp = true;
  running.goOn(true);
}
