import type { Home, PendingSend } from './home.js';
import { type Link, LinkList, type Links, inCallOrder } from './link.js';
import type { Context } from './send-context.js';
import { isPlainPromise, isThenable, whenSettled } from './thenable.js';
import type { Receiver, SendOptions, SendResult } from './types.js';
import { isObject } from './weak-key-map.js';

/** What may change of a signal while it is being sent. */
export interface Mute {
  readonly muted: number;
  /** Another number whenever it is muted, or one of its receivers leaves or is no longer a plain function alone. */
  readonly stirs: number;
}

/** What is known of one call: its result, or, while an async receiver runs, who that is. */
type Outcome = SendResult | Receiver;

/**
 * The outcome of one send, once there is more to it than values: tells of failures, and waits for async receivers and
 * puts down their results by hand, one promise for all of them.
 */
export class Send implements PendingSend {
  readonly home: Home;
  readonly context: Context;
  readonly expected: SendOptions['expected'];
  /** In the order of the calls; what becomes the results. */
  readonly outcomes: Outcome[];
  before: PendingSend | undefined = undefined;
  after: PendingSend | undefined = undefined;
  /** How many async receivers have not settled. */
  open = 0;
  #done: ((results: SendResult[]) => void) | undefined = undefined;

  constructor(home: Home, context: Context, expected: SendOptions['expected'], outcomes: Outcome[] = []) {
    this.home = home;
    this.context = context;
    this.expected = expected;
    this.outcomes = outcomes;
  }

  /** The result of a receiver that failed, which is reported. */
  rejected(receiver: Receiver, reason: unknown): SendResult {
    this.home.failures.report(reason, receiver, this.context, this.expected);
    return { status: 'rejected', reason, receiver };
  }

  /**
   * Puts down what a receiver returned.
   *
   * @returns For an async one: resolves with the results, if it is the only one and nobody has asked for `results`.
   */
  settle(receiver: Receiver, value: unknown, place = this.outcomes.length): Promise<unknown> | undefined {
    try {
      if (isThenable(value)) {
        // A native promise from here on, so that no hostile thenable can call back twice or at once.
        const promise = isPlainPromise(value) ? value : Promise.resolve(value);
        return this.#wait(receiver, promise, place);
      }
      this.outcomes[place] = { status: 'fulfilled', value, receiver };
    } catch (error) {
      // Its `then` cannot even be read.
      this.outcomes[place] = this.rejected(receiver, error);
    }
    return undefined;
  }

  /** All receivers have been called: from here on the send counts as pending by itself. */
  called(): void {
    if (this.open > 0) this.home.add(this);
  }

  /** Resolves with the results when all receivers have settled. */
  get results(): Promise<SendResult[]> {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  running(): Iterable<Receiver> {
    return this.outcomes.filter((outcome) => typeof outcome === 'function');
  }

  #wait(receiver: Receiver, promise: Promise<unknown>, place: number): Promise<unknown> {
    // Bound, not closures: V8 looks for the code of each new closure when that is first called.
    const settled = whenSettled(promise, this.#onFulfilled.bind(this, place), this.#onRejected.bind(this, place));
    this.outcomes[place] = receiver;
    this.open += 1;
    return settled;
  }

  #onFulfilled(place: number, value: unknown): SendResult[] | undefined {
    const receiver = this.outcomes[place] as Receiver; // until now
    this.outcomes[place] = { status: 'fulfilled', value, receiver };
    return this.#settled();
  }

  #onRejected(place: number, reason: unknown): SendResult[] | undefined {
    this.outcomes[place] = this.rejected(this.outcomes[place] as Receiver, reason);
    return this.#settled();
  }

  #settled(): SendResult[] | undefined {
    this.open -= 1;
    if (this.open > 0) return undefined;
    this.home.delete(this);
    const results = this.outcomes as SendResult[]; // nobody is running any more
    if (this.#done === undefined) return results;
    this.#done(results);
    return undefined;
  }
}

// A plain function that is reached alone needs no loop. Nothing happens between choosing it and its call, so nobody can
// have disconnected or muted it. What is rare is left to functions of their own, so that V8 has room to inline these two: what
// a send to one key costs depends on it.

/** Calls one receiver as `emitAll` does. */
export function emitOne(
  home: Home,
  receiver: Receiver,
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
): void {
  home.calling += 1;
  try {
    const value = receiver(kwargs, context);
    if (isObject(value)) void settleOne(new Send(home, context, expected), receiver, value);
    home.calling -= 1;
  } catch (error) {
    home.calling -= 1;
    rejectedOne(new Send(home, context, expected), receiver, error);
  }
  home.called();
}

/** Calls one receiver as `sendAll` does. */
export function sendOne(
  home: Home,
  receiver: Receiver,
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
): Promise<SendResult[]> {
  // A literal: an array that grows starts with room for seventeen.
  let results: SendResult[];
  let settled: Promise<unknown> | undefined;
  home.calling += 1;
  try {
    const value = receiver(kwargs, context);
    results = [{ status: 'fulfilled', value, receiver }];
    if (isObject(value)) settled = settleOne(new Send(home, context, expected, results), receiver, value);
    home.calling -= 1;
  } catch (error) {
    home.calling -= 1;
    results = [rejectedOne(new Send(home, context, expected), receiver, error)];
  }
  home.called();
  return settled === undefined ? Promise.resolve(results) : (settled as Promise<SendResult[]>);
}

function settleOne(send: Send, receiver: Receiver, value: unknown): Promise<unknown> | undefined {
  const settled = send.settle(receiver, value, 0);
  send.called();
  return settled;
}

/** The send is over but for this: it still counts as pending for whoever is told of the failure. */
function rejectedOne(send: Send, receiver: Receiver, error: unknown): SendResult {
  const { home } = send;
  home.calling += 1;
  try {
    return send.rejected(receiver, error);
  } finally {
    home.calling -= 1;
  }
}

// The loops that matter most: what they do not need stays out of them. The common receiver, a plain function with one link
// that returns nothing to wait for, is dealt with in the loop; all others in the functions below. `end` keeps out those who
// connect meanwhile, and are appended. Where all are plain functions, the first loop reads these alone; as soon as anything
// stirs, the second one goes on, which looks at every link.
// `emitAll` asks for objects in its own words: `isObject` is inlined, but takes 8 % of a loop over ten all the same.

/** Calls all receivers and waits for none. What async ones come to later counts as pending until it is there. */
export function emitAll(
  home: Home,
  reached: Links,
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
  mute: Mute,
): void {
  const functions = functionsOf(reached);
  const links = inCallOrder(reached); // asked for second: dead links have been swept, so that both are as many
  const end = links.length;
  const { stirs } = mute;
  let send: Send | undefined;
  let i = 0;
  home.calling += 1;
  try {
    if (functions !== undefined) {
      for (; i < end && mute.stirs === stirs; i++) {
        const receiver = functions[i] as Receiver; // as many as links
        let value: unknown;
        try {
          value = receiver(kwargs, context);
        } catch (error) {
          (send ??= new Send(home, context, expected)).rejected(receiver, error);
          continue;
        }
        if ((typeof value === 'object' || typeof value === 'function') && value !== null)
          void (send ??= new Send(home, context, expected)).settle(receiver, value);
      }
    }
    for (; i < end && mute.muted === 0; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        callByRole((send ??= new Send(home, context, expected)), links, i, end, kwargs);
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        (send ??= new Send(home, context, expected)).rejected(receiver, error);
        continue;
      }
      if ((typeof value === 'object' || typeof value === 'function') && value !== null)
        void (send ??= new Send(home, context, expected)).settle(receiver, value);
    }
  } finally {
    home.calling -= 1;
    send?.called();
    home.called();
  }
}

/** Calls all receivers before it returns; resolves with their results when all have settled. */
export function sendAll(
  home: Home,
  reached: Links,
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
  mute: Mute,
): Promise<SendResult[]> {
  const functions = functionsOf(reached);
  const links = inCallOrder(reached); // asked for second: dead links have been swept, so that both are as many
  const end = links.length;
  const { stirs } = mute;
  // As long as it can become.
  const results = new Array<SendResult>(end);
  let count = 0;
  let send: Send | undefined;
  let i = 0;
  home.calling += 1;
  try {
    if (functions !== undefined) {
      for (; i < end && mute.stirs === stirs; i++) {
        const receiver = functions[i] as Receiver; // as many as links
        let value: unknown;
        try {
          value = receiver(kwargs, context);
        } catch (error) {
          results[count++] = (send ??= new Send(home, context, expected, results)).rejected(receiver, error);
          continue;
        }
        if (!isObject(value)) results[count++] = { status: 'fulfilled', value, receiver };
        else void (send ??= new Send(home, context, expected, results)).settle(receiver, value, count++);
      }
    }
    for (; i < end && mute.muted === 0; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        if (callByRole((send ??= new Send(home, context, expected, results)), links, i, end, kwargs, count)) count += 1;
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        results[count++] = (send ??= new Send(home, context, expected, results)).rejected(receiver, error);
        continue;
      }
      if (!isObject(value)) results[count++] = { status: 'fulfilled', value, receiver };
      else void (send ??= new Send(home, context, expected, results)).settle(receiver, value, count++);
    }
  } finally {
    home.calling -= 1;
    send?.called();
    home.called();
  }
  if (count < end) results.length = count;
  return send === undefined || send.open === 0 ? Promise.resolve(results) : send.results;
}

/** Calls the receiver of a link with a role, if it is that link's turn. @returns Whether it was. */
function callByRole(
  send: Send,
  links: readonly Link[],
  position: number,
  end: number,
  kwargs: object,
  place?: number,
): boolean {
  const call = links[position]?.role?.registration.claim(links, position, end, send.context);
  if (call === undefined) return false;
  const { receiver, self } = call;
  try {
    void send.settle(receiver, receiver.call(self, kwargs, send.context), place);
  } catch (error) {
    send.outcomes[place ?? send.outcomes.length] = send.rejected(receiver, error);
  }
  return true;
}

/** Whom links call, where each is a plain function; not so for links that one send has put together. */
function functionsOf(reached: Links): readonly Receiver[] | undefined {
  return reached instanceof LinkList ? reached.functions() : undefined;
}
