/** The longest delay of `setTimeout`. A longer one overflows to 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls back once after a delay of any length. With `Infinity` it never does, and no timer runs. */
export class Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(delayMs: number, onTime: () => void) {
    this.#start(delayMs, onTime);
  }

  stop(): void {
    clearTimeout(this.#handle);
  }

  #start(delayMs: number, onTime: () => void): void {
    if (delayMs === Infinity) return;
    this.#handle =
      delayMs <= LONGEST_MS
        ? setTimeout(onTime, delayMs)
        : setTimeout(() => {
            this.#start(delayMs - LONGEST_MS, onTime);
          }, LONGEST_MS);
  }
}
