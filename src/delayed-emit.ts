import { DISPOSE } from './dispose.js';
import { Timer } from './timer.js';
import type { DelayedEmit } from './types.js';

/** An emit that is still to come. */
export class Delayed implements DelayedEmit {
  #pending = true;
  readonly #timer: Timer;
  readonly #onEnd: () => void;

  /** @param onEnd - Called once, when it has been emitted or cancelled. */
  constructor(delayMs: number, emit: () => void, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#timer = new Timer(delayMs, () => {
      this.cancel();
      emit();
    });
  }

  get pending(): boolean {
    return this.#pending;
  }

  cancel(): boolean {
    if (!this.#pending) return false;
    this.#pending = false;
    this.#timer.stop();
    this.#onEnd();
    return true;
  }

  [DISPOSE](): void {
    this.cancel();
  }
}
