/**
 * Where a verb with a time limit was called. The error of its time-out is made by a timer, and its own stack would show
 * nothing but that. Without a limit nothing is captured.
 */
export class CallSite {
  readonly #trace: Error | undefined;

  constructor(limitMs = Infinity) {
    this.#trace = limitMs === Infinity ? undefined : new Error();
  }

  /** Gives an error the stack of the call. */
  blame<E extends Error>(error: E): E {
    const headline = `${error.name}: ${error.message}`;
    // V8 begins a stack with a headline (source-map-support adds a colon), other engines do not.
    if (this.#trace !== undefined)
      error.stack = String(this.#trace.stack).replace(/^Error:? ?(?=\n|$)/, () => headline);
    return error;
  }
}
