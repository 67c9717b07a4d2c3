import { NOTHING, type Routing } from './routing.js';
import type { SignalManager } from './signal-manager.js';
import type { SendContext, SignalToken } from './types.js';

/** Where a send with a time limit or an abort signal tells its receivers that nobody waits for them any more. */
export interface AbortSource {
  readonly signal: AbortSignal;
}

/** The context of one send. Everything that costs something is made when a receiver asks for it. */
export class Context implements SendContext {
  readonly #signal: SignalToken;
  readonly #manager: SignalManager;
  readonly #routing: Routing | undefined;
  readonly #abort: AbortSource | undefined;

  constructor(signal: SignalToken, manager: SignalManager, routing: Routing | undefined, abort?: AbortSource) {
    this.#signal = signal;
    this.#manager = manager;
    this.#routing = routing;
    this.#abort = abort;
  }

  get signal(): SignalToken {
    return this.#signal;
  }

  get manager(): SignalManager {
    return this.#manager;
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
    return this.#abort?.signal;
  }

  get delivery(): SendContext['delivery'] {
    return undefined;
  }
}

/** The context of a durable send that came over a bridge. */
export class DeliveredContext extends Context {
  readonly #delivery: SendContext['delivery'];

  constructor(delivery: SendContext['delivery'], ...rest: ConstructorParameters<typeof Context>) {
    super(...rest);
    this.#delivery = Object.freeze({ ...delivery } as SendContext['delivery']);
  }

  override get delivery(): SendContext['delivery'] {
    return this.#delivery;
  }
}

// Assigning to the context throws, whatever the name. `Object.defineProperty` is not kept out: an object that is made
// non-extensible per send would cost more than the rest of a send.
Object.setPrototypeOf(Context.prototype, new Proxy(Object.prototype, { set: () => false }));
Object.freeze(Context.prototype);
Object.freeze(DeliveredContext.prototype);
