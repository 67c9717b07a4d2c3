import { NOTHING, type Routing } from './routing.js';
import type { SignalManager } from './signal-manager.js';
import type { SendContext, SignalToken } from './types.js';

/** Where a send with a time limit or an abort signal tells its receivers that nobody waits for them any more. */
export interface AbortSource {
  readonly signal: AbortSignal;
}

/** What is sent, and where. */
export interface Origin {
  readonly token: SignalToken;
  readonly manager: SignalManager;
}

/** The context of one send. Everything that costs something is made when a receiver asks for it. */
export class Context implements SendContext {
  readonly #origin: Origin;
  readonly #routing: Routing | undefined;

  constructor(origin: Origin, routing: Routing | undefined) {
    this.#origin = origin;
    this.#routing = routing;
  }

  get signal(): SignalToken {
    return this.#origin.token;
  }

  get manager(): SignalManager {
    return this.#origin.manager;
  }

  get sender(): unknown {
    return this.#routing?.sender ?? this.#routing?.senders[0];
  }

  get senders(): ReadonlySet<unknown> {
    return this.#routing?.senderSet ?? NOTHING;
  }

  get keys(): ReadonlySet<unknown> {
    return this.#routing?.keySet ?? NOTHING;
  }

  get abortSignal(): AbortSignal | undefined {
    return undefined;
  }

  get delivery(): SendContext['delivery'] {
    return undefined;
  }
}

/** The context of a send with limits, or of a durable one that came over a bridge. */
export class UncommonContext extends Context {
  readonly #abort: AbortSource | undefined;
  readonly #delivery: SendContext['delivery'];

  constructor(
    origin: Origin,
    routing: Routing | undefined,
    abort: AbortSource | undefined,
    delivery: SendContext['delivery'],
  ) {
    super(origin, routing);
    this.#abort = abort;
    this.#delivery = delivery && Object.freeze({ ...delivery });
  }

  override get abortSignal(): AbortSignal | undefined {
    return this.#abort?.signal;
  }

  override get delivery(): SendContext['delivery'] {
    return this.#delivery;
  }
}

// Assigning to the context throws, whatever the name. `Object.defineProperty` is not kept out: an object that is made
// non-extensible per send would cost more than the rest of a send.
Object.setPrototypeOf(Context.prototype, new Proxy(Object.prototype, { set: () => false }));
Object.freeze(Context.prototype);
Object.freeze(UncommonContext.prototype);
