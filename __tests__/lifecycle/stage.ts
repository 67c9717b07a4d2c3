import { ANY, type SendContext, Signal, SignalManager } from '../../src/index.js';
import { Lifecycle, type LifecycleOptions } from '../../src/lifecycle/index.js';
import { deferred } from '../helpers/promises.js';

type Gate = ReturnType<typeof deferred<void>>;

/** A lifecycle whose log has everything that happens, in order. */
export class Stage {
  readonly log: string[] = [];
  /** What `onError` gets. */
  readonly reported: unknown[] = [];
  readonly manager = new SignalManager({ onError: (error) => this.reported.push(error) });
  readonly lifecycle: Lifecycle;
  readonly #gates = new Map<string, Gate>();

  constructor(options: LifecycleOptions = {}) {
    this.lifecycle = new Lifecycle({ manager: this.manager, ...options });
    // One of the two is called first: the other one in reverse order.
    const sends = new WeakSet();
    for (const priority of [Infinity, -Infinity]) {
      const note = (kwargs: object, { signal }: SendContext): void => {
        if (!sends.has(kwargs)) this.log.push(signal instanceof Signal ? (signal.name ?? '') : '');
        sends.add(kwargs);
      };
      this.manager.connect(note, ANY, { priority });
    }
  }

  /** What the opening or closing of this name waits for, if it was asked for before. */
  gate(of: string): Gate {
    const gate = this.#gates.get(of) ?? deferred();
    this.#gates.set(of, gate);
    return gate;
  }

  /** Adds a resource that waits for its gates. */
  add(name: string): Promise<string> {
    return this.lifecycle.add(
      name,
      async () => {
        this.log.push(`open ${name}`);
        await this.#gates.get(`open ${name}`)?.promise;
        return `value of ${name}`;
      },
      async () => {
        this.log.push(`close ${name}`);
        await this.#gates.get(`close ${name}`)?.promise;
        this.log.push(`closed ${name}`);
      },
    );
  }

  /** The log since the last call. */
  take(): string[] {
    return this.log.splice(0);
  }
}
