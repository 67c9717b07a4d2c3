import type { Receiver } from '../../index.js';
import type { ConnectionFacts } from '../../watch/inspect-host.js';
import type { Identities } from './identities.js';
import { KnownReceiver } from './known-receiver.js';

const NO_RECEIVERS: ReadonlyMap<unknown, KnownReceiver> = new Map();

/** The receivers of one signal, or of ANY: those connected now, and those lost that are remembered. */
export class ReceiversOf {
  readonly #all = new Set<KnownReceiver>();
  /** By function, then by what tells those of one function apart. */
  readonly #byFunction = new WeakMap<Receiver, Map<unknown, KnownReceiver>>();

  get all(): ReadonlySet<KnownReceiver> {
    return this.#all;
  }

  get live(): boolean {
    for (const known of this.#all) if (known.live) return true;
    return false;
  }

  /** Those that are this function, with whatever `this`. */
  byFunction(receiver: Receiver): ReadonlyMap<unknown, KnownReceiver> {
    return this.#byFunction.get(receiver) ?? NO_RECEIVERS;
  }

  find({ receiver, thisArg, uid }: ConnectionFacts, identities: Identities): KnownReceiver | undefined {
    return this.byFunction(receiver).get(identities.of(uid ?? thisArg));
  }

  /** Finds or makes it. */
  ensure(facts: ConnectionFacts, identities: Identities): KnownReceiver {
    const known = this.find(facts, identities) ?? this.#add(facts, identities);
    this.#all.add(known);
    return known;
  }

  /** One function may be connected for ever new objects, so nothing of a forgotten receiver is kept. */
  forget(known: KnownReceiver): void {
    this.#all.delete(known);
    const receiver = known.function;
    if (receiver !== undefined) this.#byFunction.get(receiver)?.delete(known.key);
  }

  #add(facts: ConnectionFacts, identities: Identities): KnownReceiver {
    const made = new KnownReceiver(facts, identities);
    const { receiver } = facts;
    const known = this.#byFunction.get(receiver) ?? new Map<unknown, KnownReceiver>();
    this.#byFunction.set(receiver, known.set(made.key, made));
    return made;
  }
}
