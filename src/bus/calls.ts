import { promiseFrom, whenSettled } from '../thenable.js';
import type { Undelivered } from './errors.js';
import type { Member } from './member.js';
import type { BusErrorReport } from './types.js';

/** Who can be called: a subscriber, a periodic task, a disposal. */
export interface Callee {
  /** The bus that it belongs to. */
  readonly member: Member;
  readonly topic?: string | undefined;
  readonly source: BusErrorReport['source'];
  readonly name: string;
  /** How many calls are not over. */
  readonly calls: number;
  /** Does what is due in the phase that the bus is in now. */
  turn?(): void;
  /** Gives up what it holds, as an entry of `undelivered`; publishes that wait fail as the stop does. */
  giveUp?(undelivered: Undelivered[]): void;
  invoke(unit: unknown): unknown;
  /** A call is over. Never throws. */
  ended(call: Call, failure?: Failure): void;
}

/** An error of any kind, undefined included. */
export interface Failure {
  readonly error: unknown;
}

/** One call: what a stop waits for, and what may not wait for the stop. */
export interface Call {
  /** undefined when it is over, though code that it started may still know it. */
  callee: Callee | undefined;
  /** What it is called with; let go when it has been, since whatever the call starts may outlive it and knows the call. */
  unit: unknown;
  /** How many payloads the unit is, and how many came before it. */
  readonly count: number;
  readonly position: number | undefined;
}

/** The part of node's AsyncLocalStorage that is needed here. */
interface Storage {
  getStore(): Call | undefined;
  enterWith(call: Call | undefined): void;
}

interface NodeProcess {
  getBuiltinModule?(id: string): { readonly AsyncLocalStorage: new () => Storage };
}

/** Where there is no AsyncLocalStorage, as in browsers: knows a call until its first `await`. */
let entered: Call | undefined;
const syncStorage: Storage = {
  getStore: () => entered,
  enterWith: (call) => {
    entered = call;
  },
};

// Asked for at run time: an import would keep this entry out of browsers.
const hooks = (globalThis as { readonly process?: NodeProcess }).process?.getBuiltinModule?.('node:async_hooks');
const storage = hooks === undefined ? syncStorage : new hooks.AsyncLocalStorage();
/** One for all that is done already. */
export const DONE = Promise.resolve();

/** Rejects with the error of the first that failed, when the others are done, too. */
export async function allDone(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason;
}

let ready: Call[] = [];
let underWay = false;

/**
 * Calls in the next microtask, one after the other: a publisher never runs a subscriber's code within its own, and a
 * subscriber that publishes to itself needs no deeper stack.
 */
export function callSoon(callee: Callee, unit?: unknown, count = 1, position?: number): void {
  ready.push({ callee, unit, count, position });
  if (underWay) return;
  underWay = true;
  void DONE.then(callAll);
}

/** Only within a microtask of our own, whose context nobody else sees. */
function callAll(): void {
  while (ready.length > 0) {
    const calls = ready;
    ready = [];
    for (const call of calls) perform(call);
  }
  storage.enterWith(undefined);
  underWay = false;
}

function perform(call: Call): void {
  const { callee, unit } = call;
  call.unit = undefined;
  // So is all that it awaits part of the call.
  storage.enterWith(call);
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

function end(call: Call, failure?: Failure): void {
  const { callee } = call;
  call.callee = undefined;
  callee?.ended(call, failure);
}

/** In a microtask of our own, too: what becomes due is called right here. */
function endLater(call: Call, failure?: Failure): void {
  const first = !underWay;
  underWay = true;
  end(call, failure);
  if (first) callAll();
}

/** The bus whose call the code that asks is a part of, if that call is not over. */
export function currentMember(): Member | undefined {
  return storage.getStore()?.callee?.member;
}
