import { DISPOSE } from '../internal/dispose.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { Timer } from '../internal/timer.js';
import type { SignalTable } from './signal-table.js';
import type { DelayedEmit } from '../contract/options.js';

/** A delayed emit. */
export class Delayed implements DelayedEmit {
  /** Cleared at the end, because the timer refers to the kwargs and the sender. */
  #waiting: { readonly timer: Timer; readonly onEnd: () => void } | undefined;

  static {
    describedBy(this.prototype, 'DelayedEmit', ({ pending }) => `DelayedEmit (${pending ? 'pending' : 'over'})`);
  }

  constructor(delayMs: number, emit: () => void, signals: Pick<SignalTable, 'onClose'>) {
    const timer = new Timer(delayMs, () => {
      this.cancel();
      emit();
    });
    this.#waiting = { timer, onEnd: signals.onClose(() => this.cancel()) };
  }

  get pending(): boolean {
    if (!(#waiting in this)) throw proxyError('DelayedEmit');
    return this.#waiting !== undefined;
  }

  cancel(): boolean {
    if (!(#waiting in this)) throw proxyError('DelayedEmit');
    const waiting = this.#waiting;
    if (waiting === undefined) return false;
    this.#waiting = undefined;
    waiting.timer.stop();
    waiting.onEnd();
    return true;
  }

  [DISPOSE](): void {
    this.cancel();
  }
}
