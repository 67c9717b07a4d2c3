import type { Mute } from './concurrent.js';
import type { PendingSends } from './pending-sends.js';
import { AsyncCall, SendToAll, type SettledOrOpen, rejected, showResult } from './settle.js';
import { type DueCall, type Link, claimAt, performDueCall } from '../receivers/link.js';
import type { Context } from '../signals/context.js';
import type { ReportOptions } from '../signals/failure-log.js';
import type { Watching } from '../watch/watching.js';
import type { SendResult } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';

/** Calls all receivers as `emitAll` does, and shows their results to watchers. */
export function emitWatched(
  home: PendingSends,
  links: readonly Link[],
  kwargs: object,
  context: Context,
  reports: ReportOptions | undefined,
  mute: Mute,
  watch: Watching,
): void {
  callWatched(home, links, kwargs, context, reports, mute, watch, undefined);
}

/** Calls all receivers as `sendAll` does, and shows their results to watchers. */
export function sendWatched(
  home: PendingSends,
  links: readonly Link[],
  kwargs: object,
  context: Context,
  reports: ReportOptions | undefined,
  mute: Mute,
  watch: Watching,
): Promise<SendResult[]> {
  const outcomes: SettledOrOpen[] = [];
  const send = callWatched(home, links, kwargs, context, reports, mute, watch, outcomes);
  return send === undefined || send.open === 0 ? Promise.resolve(outcomes as SendResult[]) : send.whenDone();
}

/**
 * @param outcomes - Given if the results are needed.
 * @returns Undefined if all receivers were sync and none failed.
 */
function callWatched(
  home: PendingSends,
  links: readonly Link[],
  kwargs: object,
  context: Context,
  reports: ReportOptions | undefined,
  mute: Mute,
  watch: Watching,
  outcomes: SettledOrOpen[] | undefined,
): WatchedToAll | undefined {
  const end = links.length;
  const { top } = home;
  let send: WatchedToAll | undefined;
  home.begin(context);
  try {
    for (let i = 0; i < end && mute.muted === 0 && top.tooDeep === undefined; i++) {
      const call = claimAt(links, i, end, context);
      if (call === undefined) continue;
      const { receiver } = call;
      let value: unknown;
      try {
        value = watch.hasCall ? callWithin(watch, call, kwargs, context) : performDueCall(call, kwargs, context);
      } catch (error) {
        (send ??= new WatchedToAll(home, context, reports, watch, outcomes)).threw(receiver, error);
        continue;
      }
      if (isObject(value)) {
        (send ??= new WatchedToAll(home, context, reports, watch, outcomes)).take(receiver, value);
        continue;
      }
      const result: SendResult = { status: 'fulfilled', value, receiver };
      (send?.outcomes ?? outcomes)?.push(result);
      // A send that fails has no results.
      if (home.top.tooDeep === undefined) watch.result(result);
    }
  } finally {
    home.calling -= 1;
    send?.called();
    home.called();
  }
  return send;
}

function callWithin(watch: Watching, call: DueCall, kwargs: object, context: Context): unknown {
  return watch.call(call.receiver, () => performDueCall(call, kwargs, context));
}

/** A watched send with a receiver that is async or has failed. */
class WatchedToAll extends SendToAll {
  readonly #watch: Watching;

  constructor(
    home: PendingSends,
    context: Context,
    reports: ReportOptions | undefined,
    watch: Watching,
    outcomes: SettledOrOpen[] | undefined,
  ) {
    super(home, context, reports, outcomes);
    this.#watch = watch;
  }

  override put(position: number, result: SendResult): void {
    showResult(this, this.#watch, result);
    super.put(position, result);
    this.#watch.over();
  }

  threw(receiver: DueCall['receiver'], error: unknown): void {
    const result = rejected(this, receiver, error);
    this.outcomes.push(result);
    showResult(this, this.#watch, result);
  }

  /** Takes an object that a receiver returned. */
  take(receiver: DueCall['receiver'], value: object): void {
    const position = this.outcomes.length;
    this.settle(receiver, value, position);
    const outcome = this.outcomes[position];
    if (outcome === undefined || outcome instanceof AsyncCall) this.#watch.begin();
    else showResult(this, this.#watch, outcome);
  }
}
