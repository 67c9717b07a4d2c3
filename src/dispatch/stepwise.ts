import type { Mute } from './concurrent.js';
import { untilAborted } from '../internal/abort.js';
import { CallSite } from '../internal/call-site.js';
import { AsyncReceiverError, ReceiverTimeoutError } from '../signals/errors.js';
import { type Ended, type Limits, Turn } from './limits.js';
import { type DueCall, type Link, claimAt, performDueCall } from '../receivers/link.js';
import { UncommonContext } from '../signals/context.js';
import { type Send, hasFailed, noteFailure, rejected, showResult } from './settle.js';
import { promiseFrom, whenSettled } from '../internal/thenable.js';
import { nameOfSignal } from '../signals/tokens.js';
import type { Watching } from '../watch/watching.js';
import type { Receiver, SendResult } from '../contract/signals.js';
import { nameOfReceiver } from '../internal/printing.js';

// The kinds of send that handle each call separately: serial, synchronous, or with limits.

/** One send, ready to be dispatched call by call. */
export interface StepwiseSend extends Send {
  readonly context: UncommonContext;
  /** Its receivers. The array does not grow meanwhile, other than that of a table. */
  readonly links: readonly Link[];
  readonly kwargs: object;
  readonly mute: Mute;
  /** Undefined if nobody watches the send. */
  readonly watch: Watching | undefined;
}

/** False while the signal is muted, or sends fail because they are nested too deep. */
function goesOn({ mute, home }: StepwiseSend): boolean {
  return mute.muted === 0 && home.top.tooDeep === undefined;
}

/** Returns whether a serial send ends with this result. For a send of another thread or node, that sender decides. */
export type Until = (result: SendResult) => boolean | PromiseLike<boolean>;

/** Calls all receivers, each with its time limit, until the send is aborted. */
export function sendWithin(send: StepwiseSend, limits: Limits): Promise<SendResult[]> {
  const running = new Set<Receiver>();
  const outcomes: Promise<SendResult>[] = [];
  for (let i = 0; i < send.links.length && goesOn(send); i++) {
    const outcome = callOne(send, i, limits, running);
    if (outcome !== undefined) outcomes.push(Promise.resolve(outcome));
  }
  return whilePending(send, running, Promise.all(outcomes));
}

/** The options that a serial send heeds between two receivers. */
export interface InBetween {
  readonly until?: Until | undefined;
  readonly hurrySignal?: AbortSignal | undefined;
}

/** Calls the receivers one after another, each when the one before has settled. */
export function sendSerially(
  send: StepwiseSend,
  limits: Limits | undefined,
  inBetween: InBetween,
): Promise<SendResult[]> {
  const running = new Set<Receiver>();
  const { watch } = send;
  watch?.begin(); // it is over when its promise settles, even if all receivers are sync
  return whilePending(send, running, callInTurn(send, limits, inBetween, running), watch);
}

async function callInTurn(
  send: StepwiseSend,
  limits: Limits | undefined,
  { until, hurrySignal }: InBetween,
  running: Set<Receiver>,
): Promise<SendResult[]> {
  const results: SendResult[] = [];
  /** The outcomes from the abort of `hurrySignal` on. */
  const hurried: Promise<SendResult>[] = [];
  for (let i = 0; i < send.links.length; i++) {
    if (!goesOn(send)) continue;
    const outcome = callOne(send, i, limits, running);
    if (outcome === undefined) continue;
    let result: SendResult | undefined;
    // A finished result is not awaited, so that no other code runs between two sync receivers.
    if (hurrySignal?.aborted !== true)
      result = outcome instanceof Promise ? await untilAborted(outcome, hurrySignal) : outcome;
    if (hasFailed(send)) break;
    if (result === undefined) {
      hurried.push(Promise.resolve(outcome));
      continue;
    }
    results.push(result);
    const stop = until?.(result);
    if (typeof stop === 'object' ? await stop : stop) break;
  }
  return hurried.length === 0 ? results : [...results, ...(await Promise.all(hurried))];
}

/**
 * Counts a send as pending until it has settled.
 *
 * @param watch - Given if that is the end of a part of the send.
 */
async function whilePending<T>(
  send: StepwiseSend,
  running: Set<Receiver>,
  settled: Promise<T>,
  watch?: Watching,
): Promise<T> {
  const entry = { running: () => running };
  send.home.add(entry);
  try {
    return await settled;
  } catch (error) {
    watch?.fail(error);
    throw error;
  } finally {
    send.home.delete(entry);
    watch?.over();
  }
}

/** Calls all receivers and returns their results. A receiver that returns a promise fails. */
export function sendSynchronously(
  send: StepwiseSend,
  until: ((result: SendResult) => boolean) | undefined,
): SendResult[] {
  const results: SendResult[] = [];
  for (let i = 0; i < send.links.length && goesOn(send); i++) {
    const call = callAt(send, i);
    if (call === undefined) continue;
    const outcome = outcomeOf(send, call, send.context);
    const result = 'promise' in outcome ? refused(send, call.receiver, outcome.promise) : outcome;
    results.push(known(send, result));
    if (until?.(result)) break;
  }
  return results;
}

/** The outcome of a call: a result, or a promise of the receiver's value. */
type CallOutcome = SendResult | { readonly promise: Promise<unknown> };

function callAt(send: StepwiseSend, position: number): DueCall | undefined {
  return claimAt(send.links, position, send.links.length, send.context);
}

function outcomeOf(send: StepwiseSend, call: DueCall, context: UncommonContext): CallOutcome {
  const { receiver } = call;
  try {
    const { kwargs, watch } = send;
    const perform = (): unknown => performDueCall(call, kwargs, context);
    const value = watch === undefined ? perform() : watch.call(receiver, perform);
    const promise = promiseFrom(value);
    return promise === undefined ? { status: 'fulfilled', value, receiver } : { promise: Promise.resolve(promise) };
  } catch (error) {
    return rejected(send, receiver, error);
  }
}

/**
 * Calls the receiver at a position, if it is due. With limits, waits until it settles, times out, or the send is
 * aborted.
 */
function callOne(
  send: StepwiseSend,
  position: number,
  limits: Limits | undefined,
  running: Set<Receiver>,
): SendResult | Promise<SendResult> | undefined {
  if (limits?.aborted === true) {
    const result = notCalled(send, position, limits.reason);
    return result && known(send, result);
  }
  const call = callAt(send, position);
  if (call === undefined) return undefined;
  const { receiver } = call;
  if (limits === undefined) {
    const outcome = outcomeOf(send, call, send.context);
    return 'promise' in outcome ? settledWithoutLimit(send, receiver, outcome.promise, running) : known(send, outcome);
  }
  const turn = new Turn(limits, receiver, send.context.signal); // the time limit counts from the call
  const outcome = outcomeOf(send, call, UncommonContext.anew(send.context, turn));
  if ('promise' in outcome) return settledInTime(send, receiver, outcome.promise, running, turn);
  turn.stop();
  return known(send, outcome);
}

/** Shows a result to the watchers, as soon as it is known. */
function known(send: StepwiseSend, result: SendResult): SendResult {
  if (send.watch !== undefined) showResult(send, send.watch, result);
  return result;
}

function settledWithoutLimit(
  send: StepwiseSend,
  receiver: Receiver,
  promise: Promise<unknown>,
  running: Set<Receiver>,
): Promise<SendResult> {
  running.add(receiver);
  send.watch?.begin();
  return new Promise((resolve) => {
    settleWith(send, receiver, promise, (result) => {
      running.delete(receiver);
      resolve(known(send, result));
      send.watch?.over();
    });
  });
}

/**
 * Waits until a receiver settles, times out, or the send is aborted. The error of a time-out gets its stack after the
 * `await`: V8 shows there who awaits the send, so that no call has to capture a stack (R27).
 */
async function settledInTime(
  send: StepwiseSend,
  receiver: Receiver,
  promise: Promise<unknown>,
  running: Set<Receiver>,
  turn: Turn,
): Promise<SendResult> {
  running.add(receiver);
  send.watch?.begin();
  let ended: Ended | undefined;
  const isReported = (reason: unknown): boolean => ended !== undefined && Object.is(reason, ended.reason);
  const settled = await new Promise<SendResult | ReceiverTimeoutError>((resolve) => {
    turn.onEnd((end) => {
      ended = end;
      resolve(end.late ?? rejected(send, receiver, end.reason));
    });
    settleWith(send, receiver, promise, resolve, isReported);
  });
  turn.stop();
  running.delete(receiver);
  const result =
    settled instanceof ReceiverTimeoutError ? rejected(send, receiver, new CallSite(0).blame(settled)) : settled;
  known(send, result);
  send.watch?.over();
  return result;
}

/**
 * Calls `settle` with the result of a promise. A rejection is reported even after a time-out or an abort, unless the
 * same reason has been reported for this receiver.
 */
function settleWith(
  send: StepwiseSend,
  receiver: Receiver,
  promise: Promise<unknown>,
  settle: (result: SendResult) => void,
  isReported?: (reason: unknown) => boolean,
): void {
  noteFailure(send);
  void whenSettled(
    promise,
    (value) => {
      settle({ status: 'fulfilled', value, receiver });
    },
    (reason) => {
      if (isReported?.(reason) !== true) settle(rejected(send, receiver, reason));
    },
  );
}

/** Returns the result of a receiver that was due after the abort. A once connection is not used up. */
function notCalled(send: StepwiseSend, position: number, reason: unknown): SendResult | undefined {
  const call = claimAt(send.links, position, send.links.length, send.context, false);
  return call && rejected(send, call.receiver, reason);
}

function refused(send: StepwiseSend, receiver: Receiver, promise: Promise<unknown>): SendResult {
  settleWith(send, receiver, promise, () => undefined);
  return rejected(send, receiver, new AsyncReceiverError(nameOfReceiver(receiver), nameOfSignal(send.context.signal)));
}
