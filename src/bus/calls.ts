import { AsyncVariable, type WithinContext } from '../internal/async-context.js';
import { promiseFrom, whenSettled } from '../internal/thenable.js';
import type { Undelivered } from './errors.js';
import type { BusState } from './bus-state.js';
import type { BusErrorReport } from './types.js';

/** Who can be called: a subscriber, a periodic task, a disposal. */
export interface Callee {
  /** The bus that it belongs to. */
  readonly member: BusState;
  readonly topic?: string | undefined;
  readonly source: BusErrorReport['source'];
  readonly name: string;
  /** How many calls are not over, those of earlier starts included. */
  readonly calls: number;
  /** Does what is due in the phase that the bus is in now. */
  turn?(): void;
  /** Gives up what it holds, as an entry of `undelivered`; publishes that wait fail as the stop does. */
  giveUp?(undelivered: Undelivered[]): void;
  invoke(unit: unknown): unknown;
  /** A call is over. Never throws. */
  ended(call: BusCall, failure?: Failure): void;
}

/** An error of any kind, undefined included. */
export interface Failure {
  readonly error: unknown;
}

/** One call: what a stop waits for, and what may not wait for the stop. */
export interface BusCall {
  /** undefined when it is over, though code that it started may still know it. */
  callee: Callee | undefined;
  /** What it is called with; let go when it has been, since whatever the call starts may outlive it and knows the call. */
  unit: unknown;
  /** How many stops its bus had given up before: a later one has given up the call, too. */
  readonly givenUp: number;
  /** How many payloads the unit is, and how many came before it. */
  readonly count: number;
  readonly position: number | undefined;
}

/** The call that code is a part of, its awaits included. */
const current = new AsyncVariable<BusCall>();
/** One for all that is done already. */
export const DONE = Promise.resolve();

/** Rejects with the error of the first that failed, when the others are done, too. */
export async function allDone(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason;
}

/** A call that is due, with the async context that it runs in: what a call starts must not keep that alive. */
interface Due {
  readonly call: BusCall;
  readonly within: WithinContext;
}

let ready: Due[] = [];
let underWay = false;

/**
 * Calls in the next microtask, one after the other: a publisher never runs a subscriber's code within its own, and a
 * subscriber that publishes to itself needs no deeper stack.
 *
 * @param within - The context of the call, up to its end: of its report to `onError`, too.
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

/** In a microtask of its own, too: what becomes due is called at once. */
function endLater(call: BusCall, failure?: Failure): void {
  const first = !underWay;
  underWay = true;
  end(call, failure);
  if (first) callAll();
}

/** The bus whose call the code that asks is a part of, if that call is not over. */
export function currentBus(): BusState | undefined {
  return current.get()?.callee?.member;
}
