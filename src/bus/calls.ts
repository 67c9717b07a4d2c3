import { AsyncVariable, type WithinContext } from '../internal/async-context.js';
import { promiseFrom, whenSettled } from '../internal/thenable.js';
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
  /** The number of pending calls, those of earlier starts included. */
  readonly calls: number;
  /** Starts the calls that are due in the current phase of the bus. */
  turn?(): void;
  /** Drops the queued payloads and adds them to `undelivered`. Waiting publishes reject with the error of the stop. */
  giveUp?(undelivered: Undelivered[]): void;
  invoke(unit: unknown): unknown;
  /** Called when a call has settled. Never throws. */
  ended(call: BusCall, failure?: Failure): void;
}

/** Wraps an error, because any value can be thrown, even undefined. */
export interface Failure {
  readonly error: unknown;
}

/** One call. A stop waits for it, so the call must not wait for the stop. */
export interface BusCall {
  /** Undefined once the call has settled, although code that it started may still refer to the call. */
  callee: Callee | undefined;
  /**
   * The argument. Dropped when the call begins, because code that the call starts may outlive it and refers to the
   * call.
   */
  unit: unknown;
  /** How many stops of the bus had timed out before this call. If there are more now, this call has been abandoned. */
  readonly givenUp: number;
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
export function callSoon(callee: Callee, within: WithinContext, unit?: unknown, count = 1, position?: number): void {
  const { givenUp } = callee.member;
  ready.push({ call: { callee, unit, givenUp, count, position }, within });
  if (underWay) return;
  underWay = true;
  void DONE.then(callAll);
}

function callAll(): void {
  while (ready.length > 0) {
    const due = ready;
    ready = [];
    for (const { call, within } of due) within(() => current.run(call, () => performCall(call)));
  }
  underWay = false;
}

function performCall(call: BusCall): void {
  const { callee, unit } = call;
  call.unit = undefined;
  try {
    const promise = promiseFrom(callee?.invoke(unit));
    if (promise !== undefined) {
      void whenSettled(
        promise,
        () => endLater(call),
        (error) => endLater(call, { error }),
      );
      return;
    }
  } catch (error) {
    end(call, { error });
    return;
  }
  end(call);
}

function end(call: BusCall, failure?: Failure): void {
  const { callee } = call;
  call.callee = undefined;
  callee?.ended(call, failure);
}

/** Ends a call in the microtask in which it settled, and starts the calls that this makes due. */
function endLater(call: BusCall, failure?: Failure): void {
  const first = !underWay;
  underWay = true;
  end(call, failure);
  if (first) callAll();
}

/** Returns the bus whose pending call the current code belongs to. */
export function currentBus(): CallingBus | undefined {
  return current.get()?.callee?.member;
}
