import type { ConnectionTable } from './connection-table.js';
import { DISPOSE } from './dispose.js';
import type { Link } from './link.js';
import { onCollected } from './on-collected.js';
import type { Tie } from './registration.js';
import type { Connection, SignalToken } from './types.js';
import { whenAborted } from './when-aborted.js';

/** What a connection needs of the signal that it was made on. */
export interface ConnectionOwner {
  readonly token: SignalToken;
  readonly table: ConnectionTable;
  /** A connection has been undone by its own `disconnect`. */
  disconnected(connection: ConnectionHandle): void;
}

/** What one `connect` call asked for. Several may share a link; each takes back only its own share. */
export class ConnectionHandle implements Connection, Tie {
  readonly #owner: ConnectionOwner;
  /** One link, as nearly all connections have, stands for itself. */
  readonly #links: Link | readonly Link[];
  #held = true;
  #untie: (() => void) | undefined;

  constructor(owner: ConnectionOwner, links: Link | readonly Link[]) {
    this.#owner = owner;
    this.#links = links;
  }

  get signal(): SignalToken {
    return this.#owner.token;
  }

  get connected(): boolean {
    if (!this.#held) return false;
    return isOne(this.#links) ? this.#links.live : this.#links.some((link) => link.live);
  }

  get links(): readonly Link[] {
    return isOne(this.#links) ? [this.#links] : this.#links;
  }

  disconnect(): boolean {
    if (!this.connected) return false;
    this.#held = false;
    const { table } = this.#owner;
    if (isOne(this.#links)) table.release(this.#links);
    else for (const link of this.#links) table.release(link);
    this.release();
    this.#owner.disconnected(this);
    return true;
  }

  [DISPOSE](): void {
    this.disconnect();
  }

  /** Ends this connection when `abortSignal` is aborted, and leaves nothing on it when the connection ends before. */
  endWith(abortSignal: AbortSignal): void {
    // Held weakly: an abort signal that lives long must not keep what is collected otherwise.
    const ref = new WeakRef(this);
    this.#untie = whenAborted(abortSignal, () => void ref.deref()?.disconnect());
    onCollected.register(this, this.#untie);
    for (const link of this.links) link.role?.registration.tie(link, this);
  }

  release(): void {
    if (this.#untie === undefined) return;
    this.#untie();
    this.#untie = undefined;
    for (const link of this.links) link.role?.registration.loosen(link, this);
  }
}

function isOne(links: Link | readonly Link[]): links is Link {
  return !Array.isArray(links);
}

/** A connection that is over, or never was: its abort signal had been aborted. */
export class PastConnection implements Connection {
  readonly signal: SignalToken;
  readonly connected = false;

  constructor(signal: SignalToken) {
    this.signal = signal;
  }

  disconnect(): boolean {
    return false;
  }

  [DISPOSE](): void {
    this.disconnect();
  }
}
