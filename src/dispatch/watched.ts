import type { Mute } from './concurrent.js';
import type { PendingSends } from './pending-sends.js';
import { SendToAll, rejected, showResult } from './settle.js';
import { type DueCall, claimAt, performDueCall } from '../receivers/link.js';
import { type Links, inCallOrder } from '../receivers/link-list.js';
import type { Context } from '../signals/context.js';
import type { Watching } from '../watch/watching.js';
import type { SendOptions } from '../contract/options.js';
import type { SendResult } from '../contract/signals.js';

/** A watched send that calls its receivers as `emitAll` and `sendAll` do. */
export class WatchedToAll extends SendToAll {
  readonly #watch: Watching;

  constructor(home: PendingSends, context: Context, expected: SendOptions['expected'], watch: Watching) {
    super(home, context, expected);
    this.#watch = watch;
  }

  /** Calls all receivers. */
  callAll(reached: Links, kwargs: object, mute: Mute): this {
    const { home, context } = this;
    const links = inCallOrder(reached);
    const end = links.length;
    const { top } = home;
    home.begin(context);
    try {
      for (let i = 0; i < end && mute.muted === 0 && top.tooDeep === undefined; i++) {
        const call = claimAt(links, i, end, context);
        if (call !== undefined) this.#perform(call, kwargs);
      }
    } finally {
      home.calling -= 1;
      this.called();
      home.called();
    }
    return this;
  }

  /** Resolves with the results when all receivers have settled. */
  results(): Promise<SendResult[]> {
    return this.open === 0 ? Promise.resolve(this.outcomes as SendResult[]) : this.whenDone();
  }

  override put(position: number, result: SendResult): void {
    showResult(this, this.#watch, result);
    super.put(position, result);
    this.#watch.over();
  }

  #perform(call: DueCall, kwargs: object): void {
    const { outcomes, context } = this;
    const { receiver } = call;
    const position = outcomes.length;
    try {
      const value = this.#watch.call(receiver, () => performDueCall(call, kwargs, context));
      this.settle(receiver, value, position);
    } catch (error) {
      outcomes[position] = rejected(this, receiver, error);
    }
    const outcome = outcomes[position];
    if (outcome !== undefined && 'status' in outcome) showResult(this, this.#watch, outcome);
    else this.#watch.begin();
  }
}
