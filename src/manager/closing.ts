import { disconnectAll } from './disconnecting.js';
import { CallSite } from '../internal/call-site.js';
import type { SignalTable } from '../send/signal-table.js';

/** Closes a manager. */
export class ManagerClosing {
  readonly #signals: SignalTable;
  /** Called when everything has been disconnected and all reports of it have been handled. */
  readonly #onEnd: () => void;
  #closing: Promise<void> | undefined;
  /** Whether a close has disconnected everything: from then on the manager stays closed. */
  #emptied = false;

  constructor(signals: SignalTable, onEnd: () => void) {
    this.#signals = signals;
    this.#onEnd = onEnd;
  }

  close(timeoutMs: number | undefined): Promise<void> {
    this.#signals.because('closed', true);
    return (this.#closing ??= this.#close(timeoutMs));
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    const { home } = this.#signals;
    const caller = new CallSite(timeoutMs);
    this.#signals.tellClosing();
    try {
      await home.drain(timeoutMs, caller);
      if (!this.#emptied) {
        this.#empty();
        // Receivers of RECEIVER_DISCONNECTED may still have something to do.
        await home.drain(timeoutMs, caller);
      }
      this.#onEnd();
    } catch (timeout) {
      this.#closing = undefined;
      if (!this.#emptied) this.#signals.because('closed', false);
      throw timeout;
    }
  }

  #empty(): void {
    this.#emptied = true;
    disconnectAll(this.#signals, []);
    for (const state of this.#signals.all()) {
      state.last = undefined;
      state.mayBeVacant();
    }
  }
}
