import {
  checkAbortSignal,
  checkBoolean,
  checkFunction,
  checkKnown,
  checkOptions,
  checkPriority,
  argumentError,
} from '../internal/check.js';
import { OPTION_NAMES } from '../internal/option-names.js';
import type { Identity } from './link.js';
import { type ParsedFilter, namedFilterOf, readFilterOf } from '../signals/filter.js';
import type { ConnectOptions, DisconnectOptions, ReceiverWithUid } from '../contract/options.js';
import type { Receiver } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';

/** One `connect` call, checked. */
export interface ConnectRequest extends Identity {
  readonly routing: ParsedFilter | undefined;
  readonly weak: boolean;
  readonly once: boolean;
  readonly priority: number;
  readonly abortSignal: AbortSignal | undefined;
  /** True when its handle has to know of the end of its link, which is then not shared. */
  readonly tied: boolean;
}

/** A checked `connect` call; iterables have been read, so it can be carried out more than once. */
export function connectRequest(receiver: Receiver, options?: ConnectOptions): ConnectRequest {
  return options === undefined ? plainRequest(receiver, undefined) : requestWith(receiver, options);
}

function requestWith(receiver: Receiver, options: ConnectOptions): ConnectRequest {
  checkOptions(options, 'connect');
  const { weak = false, once = false, priority = 0, abortSignal } = options;
  checkBoolean(weak, 'weak');
  checkBoolean(once, 'once');
  checkPriority(priority);
  checkAbortSignal(abortSignal);
  const { thisArg, uid } = identityFrom(receiver, options);
  const routing = namedFilterOf(options);
  return { receiver, thisArg, uid, routing, weak, once, priority, abortSignal, tied: abortSignal !== undefined };
}

/**
 * Returns the checked options of connections that are made later, each with a `thisArg` of its own. Iterators have been
 * read, so `connect` takes them any number of times.
 */
export function laterOptionsOf(options: ConnectOptions, verb: string): ConnectOptions {
  const known = OPTION_NAMES.connect.filter((name) => name !== 'thisArg');
  checkKnown(options, known, verb);
  const { routing } = connectRequest(() => undefined, options);
  return { ...options, sender: undefined, key: undefined, ...(routing && readFilterOf(routing)) };
}

/** Returns the request of a `connect` without options, but maybe with a filter. */
export function plainRequest(receiver: Receiver, routing: ParsedFilter | undefined): ConnectRequest {
  checkFunction(receiver, 'receiver');
  return {
    receiver,
    thisArg: undefined,
    uid: undefined,
    routing,
    weak: false,
    once: false,
    priority: 0,
    abortSignal: undefined,
    tied: false,
  };
}

/** Returns the checked identity of a receiver. */
export function identityFrom(receiver: Receiver, { thisArg, uid }: DisconnectOptions): Identity {
  checkFunction(receiver, 'receiver');
  if (thisArg !== undefined && !isObject(thisArg)) throw argumentError('thisArg', 'an object', thisArg);
  if (uid !== undefined) checkUid(uid);
  return { receiver, thisArg, uid };
}

/** The same for `disconnect`, where a receiver may also be named by its uid alone. */
export function namedIdentityOf(receiver: Receiver | ReceiverWithUid, options: DisconnectOptions): Identity {
  if (!isObject(receiver) || typeof receiver === 'function') return identityFrom(receiver, options);
  if (!('uid' in receiver)) throw argumentError('receiver', 'a function or `{ uid }`', receiver);
  checkKnown(receiver, ['uid'], 'receiver', 'name');
  checkUid(receiver.uid);
  for (const name of ['thisArg', 'uid'] as const) {
    if (options[name] !== undefined) throw argumentError(name, 'left out beside `{ uid }`', options[name]);
  }
  return { receiver: () => undefined, thisArg: undefined, uid: receiver.uid };
}

function checkUid(uid: unknown): void {
  if (typeof uid !== 'symbol' && typeof uid !== 'string') throw argumentError('uid', 'a string or a symbol', uid);
}
