import { describedBy, proxyError } from '../internal/printing.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import { EMPTY_SET, type ParsedFilter } from './filter.js';
import { TRACE, nameOfSignal } from './tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { SendContext, SignalManager, TraceParent } from '../contract/signals.js';

/** Provides the abort signal that tells receivers that their send no longer waits for them. */
export interface AbortSource {
  readonly signal: AbortSignal;
}

/** The signal that is sent, and its manager. */
export interface Origin {
  readonly token: SignalToken;
  readonly manager: SignalManager;
}

/** The context of a send with at most one sender and one key. Its sets are made only when a receiver reads them. */
export class Context implements SendContext {
  readonly #origin: Origin;
  readonly #sender: unknown;
  readonly #key: unknown;

  constructor(origin: Origin, sender?: unknown, key?: unknown) {
    this.#origin = origin;
    this.#sender = sender;
    this.#key = key;
  }

  get signal(): SignalToken {
    if (!(#origin in this)) throw proxyError('SendContext');
    return this.#origin.token;
  }

  get manager(): SignalManager {
    if (!(#origin in this)) throw proxyError('SendContext');
    return this.#origin.manager;
  }

  get sender(): unknown {
    if (!(#origin in this)) throw proxyError('SendContext');
    return this.#sender;
  }

  get senders(): ReadonlySet<unknown> {
    if (!(#origin in this)) throw proxyError('SendContext');
    return viewOf(this.#sender, this, senderViews);
  }

  get keys(): ReadonlySet<unknown> {
    if (!(#origin in this)) throw proxyError('SendContext');
    return viewOf(this.#key, this, keyViews);
  }

  get abortSignal(): AbortSignal | undefined {
    return undefined;
  }

  get delivery(): SendContext['delivery'] {
    return undefined;
  }

  /** @internal For the queues of buses. */
  get [TRACE](): TraceParent | undefined {
    return anyTraced ? traces.get(this) : undefined;
  }
}

// Not fields of the contexts, which stay small, because few receivers read these sets.
const senderViews = new WeakMap<Context, ReadonlySet<unknown>>();
const keyViews = new WeakMap<Context, ReadonlySet<unknown>>();
const traces = new WeakMap<Context, TraceParent>();
/** Whether any send has had a trace, so that no others are looked up. */
let anyTraced = false;

/** Sets the trace that travels with a send. */
export function traceWith(context: Context, trace: TraceParent | undefined): void {
  if (trace === undefined) return;
  anyTraced = true;
  traces.set(context, trace);
}

function viewOf(value: unknown, context: Context, views: WeakMap<Context, ReadonlySet<unknown>>): ReadonlySet<unknown> {
  if (value === undefined) return EMPTY_SET;
  let view = views.get(context);
  if (view === undefined) views.set(context, (view = new ReadonlySetView([value])));
  return view;
}

/** The context of any other send, such as one with limits, or a durable one that arrived over a bridge. */
export class UncommonContext extends Context {
  readonly #routing: ParsedFilter | undefined;
  readonly #abort: AbortSource | undefined;
  readonly #delivery: SendContext['delivery'];

  constructor(
    origin: Origin,
    routing: ParsedFilter | undefined,
    abort?: AbortSource,
    delivery?: SendContext['delivery'],
  ) {
    super(origin);
    this.#routing = routing;
    this.#abort = abort;
    this.#delivery = delivery && Object.freeze({ ...delivery });
  }

  /** Returns a copy with another abort signal. */
  static anew(context: UncommonContext, abort: AbortSource): UncommonContext {
    const { signal: token, manager, delivery } = context;
    const copy = new UncommonContext({ token, manager }, context.#routing, abort, delivery);
    traceWith(copy, context[TRACE]);
    return copy;
  }

  override get sender(): unknown {
    if (!(#routing in this)) throw proxyError('SendContext');
    return this.#routing?.sender;
  }

  override get senders(): ReadonlySet<unknown> {
    if (!(#routing in this)) throw proxyError('SendContext');
    return this.#routing?.senderSet ?? EMPTY_SET;
  }

  override get keys(): ReadonlySet<unknown> {
    if (!(#routing in this)) throw proxyError('SendContext');
    return this.#routing?.keySet ?? EMPTY_SET;
  }

  override get abortSignal(): AbortSignal | undefined {
    if (!(#routing in this)) throw proxyError('SendContext');
    return this.#abort?.signal;
  }

  override get delivery(): SendContext['delivery'] {
    if (!(#routing in this)) throw proxyError('SendContext');
    return this.#delivery;
  }
}

/** Returns the context of a send without limits: one of several senders or keys is larger. */
export function contextFor(origin: Origin, routing: ParsedFilter | undefined): Context {
  if (routing?.manifold === true) return new UncommonContext(origin, routing);
  return new Context(origin, routing?.sender, routing?.key);
}

describedBy(Context.prototype, 'SendContext', ({ signal }) => `SendContext of ${nameOfSignal(signal)}`);

// Assigning any property of the context throws. `Object.defineProperty` still works: making an object non-extensible
// for each send would cost more than the rest of the send.
Object.setPrototypeOf(Context.prototype, new Proxy(Object.prototype, { set: () => false }));
Object.freeze(Context.prototype);
Object.freeze(UncommonContext.prototype);
