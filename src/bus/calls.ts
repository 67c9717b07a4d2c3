import { AsyncVariable, type WithinContext } from '../internal/async-context.js';
import type { Timer } from '../internal/timer.js';
import { promiseFrom, whenSettled } from '../internal/thenable.js';
import type { TraceParent } from '../index.js';
import type { WatchedWork } from '../watch/watch-host.js';
import type { Undelivered } from './errors.js';
import type { BusErrorReport } from './types.js';

/** The bus of some callees. */
export interface CallingBus {
  readonly parts: Set<Callee>;
  /** How many stops have timed out. */
  readonly givenUp: number;
  /** The pending stop. */
  readonly stop: Promise<void> | undefined;
  /** Reports a failure of a callee to `onError`. */
  report(error: unknown, callee: Pick<Callee, 'topic' | 'source' | 'name'>): void;
}

/** Something that a bus calls: a subscriber, a periodic task or a disposal. */
export interface Callee {
  /** The bus of this callee. */
  readonly member: CallingBus;
  readonly topic?: string | undefined;
  readonly source: BusErrorReport['source'];
  readonly name: string;
  /** The number of pending calls. Calls that a stop or a time-out has abandoned do not count. */
  readonly calls: number;
  /** The number of payloads that wait, in its queue and in publishes. */
  readonly queued?: number;
  /** The number of payloads in pending calls. */
  readonly handling?: number;
  /** Starts the calls that are due in the current phase of the bus. */
  turn?(): void;
  /** Drops the queued payloads and adds them to `undelivered`. Waiting publishes reject with the error of the stop. */
  giveUp?(undelivered: Undelivered[]): void;
  invoke(unit: unknown, call: BusCall): unknown;
  /** Called when a call has settled. Never throws. */
  ended(call: BusCall, failure?: Thrown): void;
}

/** Wraps an error, because any value can be thrown, even undefined. */
export interface Thrown {
  readonly error: unknown;
}

/** One call. A stop waits for it, so the call must not wait for the stop. */
export interface BusCall {
  /** Undefined once the call has ended or timed out, although code that it started may still refer to the call. */
  callee: Callee | undefined;
  /**
   * The argument. Dropped when the call begins, because code that the call starts may outlive it and refers to the
   * call.
   */
  unit: unknown;
  /**
   * How many stops of the bus had timed out before this call; -1 once the call itself has timed out. If there are more
   * now, this call has been abandoned: it is still running, and nobody waits for it.
   */
  givenUp: number;
  /** The traces of the payloads, if there are any. */
  readonly traces: readonly TraceParent[] | undefined;
  /** The watch that the call runs in. Undefined if nobody watches. */
  watch: WatchedWork | undefined;
  /** The timer of its time limit, if it has one. */
  timer: Timer | undefined;
  /** The number of payloads in the unit. `position` is the number of payloads before it. */
  readonly count: number;
  readonly position: number | undefined;
}

/** The call that the current code belongs to, across awaits. */
const current = new AsyncVariable<BusCall>();
/** A resolved promise, shared because every call that has nothing to wait for returns it. */
export const DONE = Promise.resolve();

/** Waits for all promises, then rejects with the reason of the first one in the list that failed. */
export async function allDone(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason;
}

/**
 * A call that is due, and the async context that it runs in. The context is not a field of the call, because code that
 * the call starts would keep it alive.
 */
interface Due {
  readonly callee: Callee;
  readonly call: BusCall;
  readonly within: WithinContext;
}

let ready: Due[] = [];
let underWay = false;

/**
 * Calls in the next microtask, one callee after another. So a subscriber never runs inside a publisher's code, and a
 * subscriber that publishes to itself does not deepen the stack.
 *
 * @param within - The async context of the call and of its report to `onError`.
 */
export function callSoon(
  callee: Callee,
  within: WithinContext,
  unit?: unknown,
  count = 1,
  position?: number,
  traces?: readonly TraceParent[],
): void {
  const { givenUp } = callee.member;
  ready.push({
    callee,
    call: { callee, unit, givenUp, traces, watch: undefined, timer: undefined, count, position },
    within,
  });
  if (underWay) return;
  underWay = true;
  void DONE.then(callAll);
}

function callAll(): void {
  while (ready.length > 0) {
    const due = ready;
    ready = [];
    for (const { callee, call, within } of due) within(() => current.run(call, () => performCall(callee, call)));
  }
  underWay = false;
}

function performCall(callee: Callee, call: BusCall): void {
  const { unit } = call;
  call.unit = undefined;
  try {
    const promise = promiseFrom(callee.invoke(unit, call));
    if (promise !== undefined) {
      // These refer to the callee, which a call that times out no longer does.
      void whenSettled(
        promise,
        () => endLater(callee, call),
        (error) => endLater(callee, call, { error }),
      );
      return;
    }
  } catch (error) {
    end(callee, call, { error });
    return;
  }
  end(callee, call);
}

function end(callee: Callee, call: BusCall, failure?: Thrown): void {
  call.callee = undefined;
  callee.ended(call, failure);
}

/** Ends a call in the microtask in which it settled, and starts the calls that this makes due. */
function endLater(callee: Callee, call: BusCall, failure?: Thrown): void {
  const first = !underWay;
  underWay = true;
  end(callee, call, failure);
  if (first) callAll();
}

/** Whether a call of this bus is still running although a stop or its own time limit no longer waits for it. */
export function isAbandoned({ givenUp }: BusCall, bus: CallingBus): boolean {
  return givenUp < bus.givenUp;
}

/** Returns the pending call that the current code belongs to. */
export function currentCall(): BusCall | undefined {
  const call = current.get();
  return call?.callee === undefined ? undefined : call;
}

/** Returns the bus whose pending call the current code belongs to. */
export function currentBus(): CallingBus | undefined {
  return currentCall()?.callee?.member;
}
