import type { Receiver } from '../../index.js';
import type { ConnectionFacts } from '../../watch/inspect-host.js';
import type { Identities } from './identities.js';
import { KnownReceiver } from './known-receiver.js';

/** The receivers of one signal, or of ANY: those connected now, and those lost that are remembered. */
export class ReceiversOf {
  readonly #all = new Set<KnownReceiver>();
  readonly #byFunction = new WeakMap<Receiver, KnownReceiver[]>();

  get all(): ReadonlySet<KnownReceiver> {
    return this.#all;
  }

  get live(): boolean {
    for (const known of this.#all) if (known.live) return true;
    return false;
  }

  /** Those that are this function, with whatever `this`. */
  byFunction(receiver: Receiver): readonly KnownReceiver[] {
    return this.#byFunction.get(receiver) ?? [];
  }

  find(facts: ConnectionFacts, identities: Identities): KnownReceiver | undefined {
    return this.byFunction(facts.receiver).find((known) => known.is(facts, identities));
  }

  /** Finds or makes it. */
  ensure(facts: ConnectionFacts, identities: Identities): KnownReceiver {
    const known = this.find(facts, identities) ?? this.#add(facts, identities);
    this.#all.add(known);
    return known;
  }

  /** A lost receiver is no longer listed. It is known again if its function comes back. */
  forget(known: KnownReceiver): void {
    this.#all.delete(known);
  }

  #add(facts: ConnectionFacts, identities: Identities): KnownReceiver {
    const made = new KnownReceiver(facts, identities);
    this.#byFunction.set(facts.receiver, [...this.byFunction(facts.receiver), made]);
    return made;
  }
}
