import type { Receiver, SignalManager, SignalToken, WatchedSend } from '../index.js';
import { DISPOSE } from '../internal/dispose.js';
import { nameOfReceiver } from '../internal/printing.js';

/** The receivers that have been called by sends of a lifecycle and have not settled, in the order of their calls. */
export class Running {
  /** The lifecycle: the sender of its sends, because several may share a manager, and so the signals. */
  readonly sender: object;
  readonly #manager: SignalManager;
  readonly #receivers: Receiver[] = [];

  constructor(manager: SignalManager, sender: object) {
    this.#manager = manager;
    this.sender = sender;
  }

  get names(): string[] {
    return this.#receivers.map(nameOfReceiver);
  }

  /**
   * Makes a send of a signal, and notes its receivers while they run.
   *
   * @param called - Gets the receivers in the order of their calls. Several sends may have the same one.
   */
  async during<T>(signal: SignalToken, send: () => Promise<T>, called: Receiver[] = []): Promise<T> {
    const running = this.#receivers;
    const note = {
      call: (receiver: Receiver, go: () => unknown) => {
        running.push(receiver);
        called.push(receiver);
        return go();
      },
      onResult: ({ receiver }: { readonly receiver?: Receiver | undefined }) => {
        const at = receiver === undefined ? -1 : running.indexOf(receiver);
        if (at >= 0) running.splice(at, 1);
      },
    };
    const isOurs = (sent: WatchedSend): boolean => sent.signal === signal && sent.context.sender === this.sender;
    const watch = this.#manager.watch({ onSend: (sent) => (isOurs(sent) ? note : undefined) });
    try {
      return await send();
    } finally {
      watch[DISPOSE]();
    }
  }
}
