import { describedBy } from '../internal/printing.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import { NOTHING, type ParsedFilter } from './filter.js';
import type { SignalManager } from '../manager/manager.js';
import { nameOfSignal } from './tokens.js';
import type { SendContext, SignalToken } from '../contract/signals.js';

/** Where a send with a time limit or an abort signal tells its receivers that nobody waits for them any more. */
export interface AbortSource {
  readonly signal: AbortSignal;
}

/** What is sent, and where. */
export interface Origin {
  readonly token: SignalToken;
  readonly manager: SignalManager;
}

/** The context of one send that names one sender, one key or nothing. What costs something is made when a receiver asks for it. */
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
    return this.#origin.token;
  }

  get manager(): SignalManager {
    return this.#origin.manager;
  }

  get sender(): unknown {
    return this.#sender;
  }

  get senders(): ReadonlySet<unknown> {
    return viewOf(this.#sender, this, senderViews);
  }

  get keys(): ReadonlySet<unknown> {
    return viewOf(this.#key, this, keyViews);
  }

  get abortSignal(): AbortSignal | undefined {
    return undefined;
  }

  get delivery(): SendContext['delivery'] {
    return undefined;
  }
}

// Beside the contexts, which stay small: few receivers ask for them.
const senderViews = new WeakMap<Context, ReadonlySet<unknown>>();
const keyViews = new WeakMap<Context, ReadonlySet<unknown>>();

function viewOf(value: unknown, context: Context, views: WeakMap<Context, ReadonlySet<unknown>>): ReadonlySet<unknown> {
  if (value === undefined) return NOTHING;
  let view = views.get(context);
  if (view === undefined) views.set(context, (view = new ReadonlySetView([value])));
  return view;
}

/** The context of any other send: with limits perhaps, or a durable one that came over a bridge. */
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

  /** The same, but for its abort signal. */
  static anew(context: UncommonContext, abort: AbortSource): UncommonContext {
    const { signal: token, manager, delivery } = context;
    return new UncommonContext({ token, manager }, context.#routing, abort, delivery);
  }

  override get sender(): unknown {
    return this.#routing?.sender ?? this.#routing?.senders[0];
  }

  override get senders(): ReadonlySet<unknown> {
    return this.#routing?.senderSet ?? NOTHING;
  }

  override get keys(): ReadonlySet<unknown> {
    return this.#routing?.keySet ?? NOTHING;
  }

  override get abortSignal(): AbortSignal | undefined {
    return this.#abort?.signal;
  }

  override get delivery(): SendContext['delivery'] {
    return this.#delivery;
  }
}

describedBy(Context.prototype, 'SendContext', ({ signal }) => `SendContext of ${nameOfSignal(signal)}`);

// Assigning to the context throws, whatever the name. `Object.defineProperty` is not kept out: an object that is made
// non-extensible per send would cost more than the rest of a send.
Object.setPrototypeOf(Context.prototype, new Proxy(Object.prototype, { set: () => false }));
Object.freeze(Context.prototype);
Object.freeze(UncommonContext.prototype);
