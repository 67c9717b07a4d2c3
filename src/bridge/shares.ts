import type { FarAttachment, FarReceivers } from '../far/index.js';
import { BridgeSignal } from './bridge-signal.js';
import { type DurableParts, DurableSignal } from './durable-signal.js';
import { dropOldest } from '../internal/fifo.js';
import { PayloadError } from './errors.js';
import type { RemoteNode } from './nodes/node-table.js';
import { checkDurableNames, durableOf } from './options.js';
import type { ShareOptions } from './types.js';
import type { SharedState } from './wire/envelope.js';

/** The number of signals that are remembered after their shares have ended. */
const MOST_FORMER = 1_000;

export type SignalShare = BridgeSignal | DurableSignal;

type Attach = (far: FarReceivers) => FarAttachment;

/** The signals that a node shares. */
export class SignalShares {
  readonly #parts: DurableParts;
  readonly #onEnd: () => void;
  readonly #byName = new Map<string, SignalShare>();
  /** The shared signals, and those no longer shared that still have pending work. */
  readonly #unended = new Set<SignalShare>();
  /** The names of signals that this node has shared, the last one ended last. */
  readonly #former = new Set<string>();

  /** @param onEnd - Called when a share has ended. */
  constructor(parts: DurableParts, onEnd: () => void) {
    this.#parts = parts;
    this.#onEnd = onEnd;
  }

  get byName(): ReadonlyMap<string, SignalShare> {
    return this.#byName;
  }

  get unended(): readonly SignalShare[] {
    return [...this.#unended];
  }

  /** The state of the shared signals as it is announced: nothing is shared by a bridge that closes. */
  get states(): ReadonlyMap<string, SharedState> {
    if (this.#parts.closing()) return new Map();
    return new Map([...this.#byName].map(([name, shared]) => [name, shared.state]));
  }

  isShared(name: string): boolean {
    return !this.#parts.closing() && this.#byName.has(name);
  }

  /** Whether calls of a signal may still be on their way: other nodes may not have heard of the end of its share. */
  wasShared(name: string): boolean {
    return this.#parts.closing() || this.#former.has(name);
  }

  /**
   * Returns the signal for a call of another node. A broadcast reaches this node by its last announcement, so the same
   * state decides here.
   */
  callable(name: string, toAll: boolean, peer: RemoteNode): BridgeSignal | undefined {
    const shared = this.#byName.get(name);
    const isFor = !toAll || this.#parts.presence.getsAll(name, peer);
    return isFor && shared instanceof BridgeSignal ? shared : undefined;
  }

  /** Begins a share, synchronously, so that two calls cannot both share a signal. */
  add(name: string, options: ShareOptions, attach: Attach): SignalShare {
    if (this.#byName.has(name)) throw new TypeError(`Signal "${name}" is shared already`);
    const shared = this.#create(name, options, attach);
    this.#byName.set(name, shared);
    this.#unended.add(shared);
    return shared;
  }

  #create(name: string, options: ShareOptions, attach: Attach): SignalShare {
    const { group, schema, durable, maxAttempts = 10 } = options;
    const shared = { name, group, schema, attach };
    if (durable !== true) return new BridgeSignal(this.#parts, shared);
    const { engine, subjects } = this.#parts;
    const store = durableOf(engine, group);
    checkDurableNames(engine, subjects, name, group);
    return new DurableSignal(this.#parts, { ...shared, maxAttempts, store });
  }

  /** Throws if the names of all shared signals do not fit into one message. */
  checkSize(): void {
    const { post, maxBytes } = this.#parts;
    const max = Number.MAX_SAFE_INTEGER;
    // As long as they ever are: everything is heard, and the message is an answer.
    const signals = [...this.states.values()].map(([name, , group]) => [name, 'everything', group] as const);
    const state = { born: max, everyMs: max, revision: max, signals };
    const bytes = post.encode({ type: 'here', answers: max, ...state }).byteLength;
    if (bytes > maxBytes)
      throw new PayloadError(`The names of the shared signals take ${bytes} bytes, more than \`maxBytes\``);
  }

  /** Ends a share. A second call does nothing more. */
  async end(shared: SignalShare): Promise<void> {
    const { peers, presence } = this.#parts;
    const [name] = shared.state;
    if (this.#byName.get(name) === shared) {
      this.#byName.delete(name);
      this.#former.delete(name); // so that it is the latest
      this.#former.add(name);
      dropOldest(this.#former, MOST_FORMER);
      peers.drop(name);
      presence.review(name);
    }
    try {
      // Sends are local from now on. The signal may be shared again while pending work continues.
      await shared.end();
    } finally {
      this.#unended.delete(shared);
      presence.flush();
      this.#onEnd();
    }
  }
}
