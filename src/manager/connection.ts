import type { Asked, ConnectionTable } from '../receivers/connection-table.js';
import { DISPOSE } from '../internal/dispose.js';
import { type HeldReceiver, receiverHeldBy, receiverOf } from '../receivers/held-receiver.js';
import type { Link } from '../receivers/link.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { Ask, type Tie } from '../receivers/receiver-entry.js';
import { namesOf } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { Connection, Receiver } from '../contract/signals.js';
import { whenAborted } from '../internal/abort.js';
import { onCollected } from '../internal/weak-key-map.js';

/** What a connection needs of the signal that it was made on. */
export interface ConnectionOwner {
  readonly token: SignalToken;
  readonly table: ConnectionTable;
  /** A connection is about to be undone by its own `disconnect`. @returns What reports that. */
  ending(connection: ConnectionHandle): () => void;
}

/** What one `connect` call asked for. Several may share a link; each takes back only its own share. */
export class ConnectionHandle implements Connection, Tie {
  readonly #owner: ConnectionOwner;
  /** What it has asked for, perhaps together with others that have asked for the same. */
  readonly asked: Asked;
  readonly #receiver: HeldReceiver;
  #held = true;
  #tied = false;
  #untie: (() => void) | undefined;

  static {
    describedBy(this.prototype, 'Connection', describeConnection);
  }

  constructor(owner: ConnectionOwner, asked: Asked) {
    this.#owner = owner;
    this.asked = asked;
    const [link] = this.#all;
    this.#receiver = link && receiverHeldBy(link);
  }

  get signal(): SignalToken {
    if (!(#owner in this)) throw proxyError('Connection');
    return this.#owner.token;
  }

  get signals(): readonly SignalToken[] {
    return [this.signal];
  }

  get receiver(): Receiver | undefined {
    if (!(#owner in this)) throw proxyError('Connection');
    return receiverOf(this.#receiver);
  }

  /** What `connect` returned. */
  get whole(): Connection {
    return this;
  }

  get connected(): boolean {
    if (!(#owner in this)) throw proxyError('Connection');
    if (!this.#held) return false;
    return this.asked instanceof Ask ? this.links.length > 0 : this.asked.live;
  }

  /** Those that still live. */
  get links(): readonly Link[] {
    return this.#all.filter((link) => link.live);
  }

  get #all(): readonly Link[] {
    return this.asked instanceof Ask ? this.asked.links : [this.asked];
  }

  disconnect(): boolean {
    const report = this.undo();
    report?.();
    return report !== undefined;
  }

  /** Disconnects. @returns What reports it, unless it was disconnected before. */
  undo(): (() => void) | undefined {
    if (!this.connected) return undefined;
    const report = this.#owner.ending(this);
    this.#held = false;
    this.#owner.table.release(this.asked);
    this.release();
    return report;
  }

  [DISPOSE](): void {
    this.disconnect();
  }

  /** Ends all that its `connect` call did. */
  end(): void {
    this.disconnect();
  }

  usedUp(): readonly (() => void)[] {
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
    for (const link of this.#all) link.role?.registration.tie(link, this);
  }

  release(): void {
    if (!this.#tied) return;
    this.#tied = false;
    this.#untie?.();
    this.#untie = undefined;
    for (const link of this.#all) link.role?.registration.loosen(link, this);
  }
}

/** The part that a connection to several signals has in one of them. */
export class ConnectionPart extends ConnectionHandle {
  readonly #together: Together;

  constructor(owner: ConnectionOwner, asked: Asked, together: Together) {
    super(owner, asked);
    this.#together = together;
    together.add(this);
  }

  override get whole(): Connection {
    return this.#together.whole ?? this;
  }

  override end(): void {
    this.#together.end();
  }

  /** A once link has been matched: undoes all parts. @returns What reports them. */
  override usedUp(): readonly (() => void)[] {
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
  undo(): (() => void)[] {
    this.over = true;
    return this.#parts.flatMap((part) => part.deref()?.undo() ?? []);
  }

  end(): boolean {
    const reports = this.undo();
    for (const report of reports) report();
    return reports.length > 0;
  }
}

/** What a `connect` call with several signals returns. */
export class ConnectionToSeveral implements Connection {
  readonly signals: readonly SignalToken[];
  readonly #parts: ConnectionPart[] = [];
  readonly #together = new Together(this);
  readonly #receiver: HeldReceiver;

  static {
    describedBy(this.prototype, 'Connection', describeConnection);
  }

  constructor(signals: readonly SignalToken[], receiver: HeldReceiver) {
    this.signals = signals;
    this.#receiver = receiver;
  }

  get signal(): SignalToken {
    return this.signals[0] as SignalToken;
  }

  get receiver(): Receiver | undefined {
    if (!(#together in this)) throw proxyError('Connection');
    const [part] = this.#parts;
    return part === undefined ? receiverOf(this.#receiver) : part.receiver;
  }

  get connected(): boolean {
    if (!(#together in this)) throw proxyError('Connection');
    return this.#parts.some((part) => part.connected);
  }

  /** True once nothing more is to be connected. */
  get over(): boolean {
    return this.#together.over;
  }

  add(owner: ConnectionOwner, asked: Asked): ConnectionPart {
    const part = new ConnectionPart(owner, asked, this.#together);
    this.#parts.push(part);
    return part;
  }

  disconnect(): boolean {
    if (!(#together in this)) throw proxyError('Connection');
    return this.#together.end();
  }

  [DISPOSE](): void {
    this.disconnect();
  }
}

/** A connection that is over, or never was: its abort signal had been aborted. */
export class PastConnection implements Connection {
  readonly signals: readonly SignalToken[];
  readonly connected = false;
  readonly #receiver: HeldReceiver;

  static {
    describedBy(this.prototype, 'Connection', describeConnection);
  }

  constructor(signals: readonly SignalToken[], receiver: HeldReceiver) {
    this.signals = signals;
    this.#receiver = receiver;
  }

  get signal(): SignalToken {
    return this.signals[0] as SignalToken;
  }

  get receiver(): Receiver | undefined {
    if (!(#receiver in this)) throw proxyError('Connection');
    return receiverOf(this.#receiver);
  }

  disconnect(): boolean {
    return false;
  }

  [DISPOSE](): void {
    this.disconnect();
  }
}

function describeConnection({ signals, connected }: Connection): string {
  return `Connection to ${namesOf(signals)} (${connected ? 'connected' : 'disconnected'})`;
}
