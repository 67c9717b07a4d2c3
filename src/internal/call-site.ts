/**
 * The stack of the call of a verb with a time limit. A timer makes the time-out error, so the error's own stack would
 * show only that timer. Without a limit nothing is captured.
 */
export class CallSite {
  readonly #trace: Error | undefined;

  constructor(limitMs = Infinity) {
    this.#trace = limitMs === Infinity ? undefined : new Error();
  }

  /** Gives an error the stack of the call. */
  blame<E extends Error>(error: E): E {
    const headline = `${error.name}: ${error.message}`;
    // V8 begins a stack with a headline, and source-map-support adds a colon. Other engines have no headline.
    if (this.#trace !== undefined)
      error.stack = String(this.#trace.stack).replace(/^Error:? ?(?=\n|$)/, () => headline);
    return error;
  }
}
