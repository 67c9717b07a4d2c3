import { isThenable, whenSettled } from '../thenable.js';
import type { Undelivered } from './errors.js';

/** Who can be called: a subscriber, a periodic task, a disposal. */
export interface Callee {
  /** The bus that it belongs to. */
  readonly member: object;
  readonly topic: string | undefined;
  readonly name: string;
  /** How many calls are not over. */
  readonly calls: number;
  /** Does what is due in the phase that the bus is in now. */
  turn?(): void;
  /** Gives up what it holds, as an entry of `undelivered`, and the publishes that wait: `refusals` rejects them. */
  giveUp?(undelivered: Undelivered[], refusals: ((reason: unknown) => void)[]): void;
  invoke(unit: unknown): unknown;
  /** A call is over. Never throws. */
  ended(call: Call, failed: boolean, error: unknown): void;
}

/** One call: what a stop waits for, and what may not wait for the stop. */
export interface Call {
  readonly callee: Callee;
  /** What it is called with; let go when it has been, since whatever the call starts may outlive it and knows the call. */
  unit: unknown;
  /** How many payloads the unit is, and how many came before it. */
  readonly count: number;
  readonly position: number | undefined;
  active: boolean;
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
const syncStorage: Storage & { call: Call | undefined } = {
  call: undefined,
  getStore() {
    return this.call;
  },
  enterWith(call) {
    this.call = call;
  },
};

// Asked for at run time: an import would keep this entry out of browsers.
const hooks = (globalThis as { readonly process?: NodeProcess }).process?.getBuiltinModule?.('node:async_hooks');
const storage = hooks === undefined ? syncStorage : new hooks.AsyncLocalStorage();
/** One for all that is done already. */
export const DONE = Promise.resolve();
let ready: Call[] = [];
let underWay = false;

/**
 * Calls in the next microtask, one after the other: a publisher never runs a subscriber's code within its own, and a
 * subscriber that publishes to itself needs no deeper stack.
 */
export function callSoon(callee: Callee, unit?: unknown, count = 1, position?: number): void {
  ready.push({ callee, unit, count, position, active: true });
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
    const returned = callee.invoke(unit);
    if (isThenable(returned)) {
      void whenSettled(
        Promise.resolve(returned),
        () => endLater(call, false),
        (error) => endLater(call, true, error),
      );
      return;
    }
  } catch (error) {
    end(call, true, error);
    return;
  }
  end(call, false);
}

function end(call: Call, failed: boolean, error?: unknown): void {
  call.active = false;
  call.callee.ended(call, failed, error);
}

/** In a microtask of our own, too: what becomes due is called right here. */
function endLater(call: Call, failed: boolean, error?: unknown): void {
  const first = !underWay;
  underWay = true;
  end(call, failed, error);
  if (first) callAll();
}

/** The bus whose call the code that asks is a part of, if that call is not over. */
export function currentMember(): object | undefined {
  const call = storage.getStore();
  return call?.active === true ? call.callee.member : undefined;
}
