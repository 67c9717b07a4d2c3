import { isError } from '../internal/any-value.js';
import { withName } from '../internal/printing.js';
import { nameOfSignal, namesOf } from './tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { SendResult } from '../contract/signals.js';

/**
 * A receiver has not settled within the send's `timeoutMs`. If it rejects later, that is still reported to `onError`,
 * unless the reason is this very error.
 */
export class ReceiverTimeoutError extends Error {
  override readonly name = 'ReceiverTimeoutError';
  readonly code = 'ERR_RECEIVER_TIMEOUT';
  /** The time limit in milliseconds. */
  readonly timeoutMs: number;
  constructor(receiver: string, signal: string, timeoutMs: number) {
    super(`Receiver ${receiver} of signal ${signal} has not settled within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** A receiver called by `sendSync` returned a promise, which `sendSync` cannot wait for. */
export class AsyncReceiverError extends Error {
  override readonly name = 'AsyncReceiverError';
  readonly code = 'ERR_ASYNC_RECEIVER';
  constructor(receiver: string, signal: string) {
    super(
      `Receiver ${receiver} of signal ${signal} returned a promise to sendSync; use send or sendSerial to wait for it`,
    );
  }
}

/** No matching send came within the `timeoutMs` of a `wait`. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'ERR_WAIT_TIMEOUT';
  /** The time limit in milliseconds. */
  readonly timeoutMs: number;
  constructor(signal: string, timeoutMs: number) {
    super(`No matching send of signal ${signal} came within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** A send of one of the `rejectOn` signals of a `wait` came first. `cause` is the first kwarg that is an Error, if any. */
export class WaitRejectedError extends Error {
  override readonly name = 'WaitRejectedError';
  readonly code = 'ERR_WAIT_REJECTED';
  /** The signal that was sent. */
  readonly signal: SignalToken;
  /** The kwargs of that send, the object itself. */
  readonly kwargs: object;
  constructor(signal: SignalToken, kwargs: object, awaited: readonly SignalToken[]) {
    const cause: unknown = Object.values(kwargs).find(isError);
    super(
      `Signal ${nameOfSignal(signal)} was sent before a matching send of signal ${namesOf(awaited)}`,
      cause === undefined ? undefined : { cause },
    );
    this.signal = signal;
    this.kwargs = kwargs;
  }
}

/** A stream collected more sends than its `limit` before they were read. */
export class StreamOverflowError extends Error {
  override readonly name = 'StreamOverflowError';
  readonly code = 'ERR_STREAM_OVERFLOW';
  /** The limit that was exceeded. */
  readonly limit: number;
  constructor(signal: string, limit: number) {
    super(
      `The stream of signal ${signal} holds ${limit} unread sends; read faster, raise \`limit\` or choose an \`overflow\``,
    );
    this.limit = limit;
  }
}

/** Sends were still pending when the `timeoutMs` of `drain` or `close` had passed. */
export class DrainTimeoutError extends Error {
  override readonly name = 'DrainTimeoutError';
  readonly code = 'ERR_DRAIN_TIMEOUT';
  /** The time limit in milliseconds. */
  readonly timeoutMs: number;
  /** The names of the receivers that were still running. */
  readonly pending: readonly string[];
  constructor(pending: readonly string[], timeoutMs: number) {
    super(`Receivers still running after ${timeoutMs} ms: ${pending.join(', ')}`);
    this.timeoutMs = timeoutMs;
    this.pending = pending;
  }
}

/** The largest number of names in a message. */
const MOST_NAMES = 10;

/** The largest number of characters of a reason in a message. */
const MOST_CHARACTERS = 200;

/**
 * Receivers send the signals that call them: a send was nested more than 500 deep in its manager, or the stack ended
 * there. The error passes through all enclosing sends, whose other receivers are not called, to the outermost sender.
 */
export class SendDepthError extends RangeError {
  override readonly name = 'SendDepthError';
  readonly code = 'ERR_SEND_DEPTH';
  /** The names of the signals that send each other. */
  readonly signals: readonly string[];
  /** The number of nested sends. */
  readonly depth: number;
  constructor(signals: readonly string[], depth: number, atStackEnd: boolean) {
    const rest = signals.length > MOST_NAMES ? ` and ${signals.length - MOST_NAMES} more` : '';
    const names = signals.slice(0, MOST_NAMES).join(', ') + rest;
    const limit = atStackEnd ? 'the stack ends there' : 'too deep';
    super(
      `Sends of ${names} are nested ${depth} deep, ${limit}: their receivers send them again; send later, for example with emitAfter`,
    );
    this.signals = signals;
    this.depth = depth;
  }
}

/** The manager is closed or closing, and accepts no sends, connections, waits or streams. */
export class ManagerClosedError extends Error {
  override readonly name = 'ManagerClosedError';
  readonly code = 'ERR_MANAGER_CLOSED';
  constructor(manager: string | undefined) {
    super(`The ${withName('signal manager', manager)} is closed`);
  }
}

/**
 * Thrown by `values` if at least one receiver failed. `errors` has the reasons, `failures` the results. The first reason
 * is the `cause`, and its first line is in the message.
 */
export class ReceiversFailedError extends AggregateError {
  override readonly name = 'ReceiversFailedError';
  readonly code = 'ERR_RECEIVERS_FAILED';
  /** The rejected results, in the order of the calls. */
  readonly failures: readonly SendResult[];
  constructor(failures: readonly Extract<SendResult, { status: 'rejected' }>[], total: number) {
    const reasons = failures.map(({ reason }) => reason);
    super(reasons, `${failures.length} of ${total} receivers failed, the first with ${headlineOf(reasons[0])}`, {
      cause: reasons[0],
    });
    this.failures = failures;
  }
}

/** The first line of a reason, which may be anything that a receiver throws. */
function headlineOf(reason: unknown): string {
  try {
    return String(reason).split('\n', 1).join('').slice(0, MOST_CHARACTERS);
  } catch {
    return 'a reason that cannot be printed';
  }
}
