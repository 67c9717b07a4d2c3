import type { ConnectionTable } from '../receivers/connection-table.js';
import { DISPOSE } from '../internal/dispose.js';
import { type HeldReceiver, receiverHeldBy, receiverOf } from './connection-receiver.js';
import type { Link, LinkHandle } from '../receivers/link.js';
import { SpecialLink } from '../receivers/special-link.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { namesOf } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { Connection, Receiver } from '../contract/signals.js';
import { whenAborted } from '../internal/abort.js';
import { SendDepthError } from '../signals/errors.js';
import { onCollected } from '../internal/weak-key-map.js';

/** The part of a signal that its connections use. */
export interface ConnectionOwner {
  readonly token: SignalToken;
  readonly table: ConnectionTable;
  /** Called before a connection is undone by its own `disconnect`, or used up. @returns A function that reports it. */
  ending(handle: LinkHandle, usedUp: boolean): () => void;
}

/** The connection that `connect` returns. Several may share a link; each takes back only its own share. */
export class ConnectionHandle implements Connection, LinkHandle {
  readonly #owner: ConnectionOwner;
  readonly #receiver: HeldReceiver;
  #link: Link | undefined;

  static {
    describedBy(this.prototype, 'Connection', describeConnection);
  }

  constructor(owner: ConnectionOwner, link: Link) {
    this.#owner = owner;
    this.#receiver = receiverHeldBy(link);
    this.#link = link;
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

  get connected(): boolean {
    return this.link !== undefined;
  }

  get link(): Link | undefined {
    if (!(#owner in this)) throw proxyError('Connection');
    return this.#link?.live === true ? this.#link : undefined;
  }

  get whole(): Connection {
    return this;
  }

  disconnect(): boolean {
    // Not by `undo`: with what may be undefined, a disconnect and connect takes 14 % longer.
    const { link } = this;
    if (link === undefined) return false;
    this.release(link, false)();
    return true;
  }

  /** Disconnects. @returns What reports it, unless it was disconnected before. */
  undo(usedUp = false): (() => void) | undefined {
    const { link } = this;
    return link && this.release(link, usedUp);
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
    const unlisten = whenAborted(abortSignal, () => {
      try {
        ref.deref()?.end();
      } catch (error) {
        if (!(error instanceof SendDepthError)) throw error; // with this one, the sends around the abort fail
      }
    });
    onCollected.register(this, unlisten);
    this.tie(unlisten);
  }

  /**
   * Ends its share of its link. @returns The function that reports it.
   *
   * Not a `#` method: those cost each instance of their class one more field.
   */
  private release(link: Link, usedUp: boolean): () => void {
    const report = this.#owner.ending(this, usedUp);
    this.#link = undefined;
    this.#owner.table.release(link);
    return report;
  }

  /** Has its link, which is for this connection alone, tell it of a send that uses it up. */
  tie(unlisten?: () => void): void {
    if (this.#link instanceof SpecialLink) this.#link.tie = { handle: this, unlisten };
  }
}

/** The part that a connection to several signals has in one of them. */
export class ConnectionPart extends ConnectionHandle {
  readonly #together: Together;

  constructor(owner: ConnectionOwner, link: Link, together: Together) {
    super(owner, link);
    this.#together = together;
    together.add(this);
  }

  override get whole(): Connection {
    return this.#together.whole ?? this;
  }

  override end(): void {
    this.#together.end();
  }

  override usedUp(): readonly (() => void)[] {
    return this.#together.undo(true);
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
  undo(usedUp = false): (() => void)[] {
    this.over = true;
    return this.#parts.flatMap((part) => part.deref()?.undo(usedUp) ?? []);
  }

  end(): boolean {
    const reports = this.undo();
    for (const report of reports) report();
    return reports.length > 0;
  }
}

/** The connection to several signals. Without a part it never was connected, or is an older one that has ended. */
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

  add(owner: ConnectionOwner, link: Link): ConnectionPart {
    const part = new ConnectionPart(owner, link, this.#together);
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

function describeConnection({ signals, connected }: Connection): string {
  return `Connection to ${namesOf(signals)} (${connected ? 'connected' : 'disconnected'})`;
}
