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
  #tied = false;
  #untie: (() => void) | undefined;

  constructor(owner: ConnectionOwner, links: Link | readonly Link[]) {
    this.#owner = owner;
    this.#links = links;
  }

  get signal(): SignalToken {
    return this.#owner.token;
  }

  /** What `connect` returned. */
  get whole(): Connection {
    return this;
  }

  get connected(): boolean {
    if (!this.#held) return false;
    return isOne(this.#links) ? this.#links.live : this.#links.some((link) => link.live);
  }

  get links(): readonly Link[] {
    return isOne(this.#links) ? [this.#links] : this.#links;
  }

  disconnect(): boolean {
    if (!this.undo()) return false;
    this.report();
    return true;
  }

  /** Disconnects without a report. */
  undo(): boolean {
    if (!this.connected) return false;
    this.#held = false;
    const { table } = this.#owner;
    if (isOne(this.#links)) table.release(this.#links);
    else for (const link of this.#links) table.release(link);
    this.release();
    return true;
  }

  report(): void {
    this.#owner.disconnected(this);
  }

  [DISPOSE](): void {
    this.disconnect();
  }

  /** Ends all that its `connect` call did. */
  end(): void {
    this.disconnect();
  }

  usedUp(): readonly ConnectionHandle[] {
    return [];
  }

  /** Ends this connection when `abortSignal` is aborted, and leaves nothing on it when the connection ends before. */
  endWith(abortSignal: AbortSignal): void {
    // Held weakly: an abort signal that lives long must not keep what is collected otherwise.
    const ref = new WeakRef(this);
    this.#untie = whenAborted(abortSignal, () => ref.deref()?.end());
    onCollected.register(this, this.#untie);
    this.tie();
  }

  /** Has its links tell this connection how they end. */
  tie(): void {
    this.#tied = true;
    for (const link of this.links) link.role?.registration.tie(link, this);
  }

  release(): void {
    if (!this.#tied) return;
    this.#tied = false;
    this.#untie?.();
    this.#untie = undefined;
    for (const link of this.links) link.role?.registration.loosen(link, this);
  }
}

/** The part that a connection to several signals has in one of them. */
export class ConnectionPart extends ConnectionHandle {
  readonly #together: Together;

  constructor(owner: ConnectionOwner, links: Link | readonly Link[], together: Together) {
    super(owner, links);
    this.#together = together;
    together.add(this);
  }

  override get whole(): Connection {
    return this.#together.whole ?? this;
  }

  override end(): void {
    this.#together.end();
  }

  /** A once link has been matched: undoes all parts. @returns Those that are still to be reported. */
  override usedUp(): readonly ConnectionHandle[] {
    return this.#together.undo();
  }
}

/** Ends the parts of a connection together. Holds them weakly, so that no signal keeps another one alive. */
class Together {
  readonly #whole: WeakRef<Connection>;
  readonly #parts: WeakRef<ConnectionPart>[] = [];
  /** True once it has been undone as a whole: nothing more is connected then. */
  over = false;

  constructor(whole: Connection) {
    this.#whole = new WeakRef(whole);
  }

  get whole(): Connection | undefined {
    return this.#whole.deref();
  }

  add(part: ConnectionPart): void {
    this.#parts.push(new WeakRef(part));
  }

  /** All parts are undone before the first report: its receivers may send the other signals. */
  undo(): ConnectionPart[] {
    this.over = true;
    return this.#parts.flatMap((part) => part.deref() ?? []).filter((part) => part.undo());
  }

  end(): boolean {
    const undone = this.undo();
    for (const part of undone) part.report();
    return undone.length > 0;
  }
}

/** What a `connect` call with several signals returns. */
export class ConnectionToSeveral implements Connection {
  readonly signals: readonly SignalToken[];
  readonly #parts: ConnectionPart[] = [];
  readonly #together = new Together(this);

  constructor(signals: readonly SignalToken[]) {
    this.signals = signals;
  }

  get signal(): SignalToken {
    return this.signals[0] as SignalToken;
  }

  get connected(): boolean {
    return this.#parts.some((part) => part.connected);
  }

  /** True once nothing more is to be connected. */
  get over(): boolean {
    return this.#together.over;
  }

  add(owner: ConnectionOwner, links: Link | readonly Link[]): ConnectionPart {
    const part = new ConnectionPart(owner, links, this.#together);
    this.#parts.push(part);
    return part;
  }

  disconnect(): boolean {
    return this.#together.end();
  }

  [DISPOSE](): void {
    this.disconnect();
  }
}

function isOne(links: Link | readonly Link[]): links is Link {
  return !Array.isArray(links);
}

/** A connection that is over, or never was: its abort signal had been aborted. */
export class PastConnection implements Connection {
  readonly signals: readonly SignalToken[];
  readonly connected = false;

  constructor(signals: readonly SignalToken[]) {
    this.signals = signals;
  }

  get signal(): SignalToken {
    return this.signals[0] as SignalToken;
  }

  disconnect(): boolean {
    return false;
  }

  [DISPOSE](): void {
    this.disconnect();
  }
}
