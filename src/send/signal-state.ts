import { checkOptions } from '../internal/check.js';
import { ConnectionTable, type TableOwner } from '../receivers/connection-table.js';
import type { ConnectionHandle, ConnectionOwner } from '../manager/connection.js';
import { emitAll, emitOne, sendAll, sendOne } from '../dispatch/concurrent.js';
import type { FarSide, Heard } from './far-hook.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import { groupByReceiver } from '../receivers/inspect.js';
import { isKwargs } from '../signals/kwargs.js';
import type { Link, LinkList, Links } from '../receivers/link.js';
import type { ReceiverEntry } from '../receivers/receiver-entry.js';
import { senderOf } from '../signals/filter.js';
import { Context, UncommonContext } from '../signals/context.js';
import { inOrderOf, mayHaveLimits, sendFilterOf } from './options.js';
import { isMeta } from '../signal.js';
import type { SignalManager } from '../manager/manager.js';
import type { LastSend } from './sticky-send.js';
import { ANY, type SignalDefinition, definitionOf } from '../signals/tokens.js';
import type { EmitOptions, Receiver, SendContext, SendOptions, SendResult, SignalToken } from '../contract/signals.js';

/** What a signal tells the manager that it belongs to. */
export interface SignalOwner {
  readonly manager: SignalManager;
  readonly home: PendingSends;
  /** Nothing is connected to the signal, nor muted or kept. */
  vacated(state: SignalState): void;
  removing(state: SignalState, links: readonly Link[]): () => void;
  ending(state: SignalState, connection: ConnectionHandle): () => void;
  /** Receivers, waits or streams have come or gone whom receivers elsewhere may have to know of. */
  audienceChanged(state: SignalState): void;
  isMuted(signal: SignalToken): boolean;
  /** The send that a sticky signal keeps. */
  lastSend(signal: SignalToken): LastSend | undefined;
}

/** A connection that gets the kept send when its signal is no longer muted. */
export interface LateConnection {
  readonly connection: ConnectionHandle;
  readonly rank: number;
}

const NONE_LATE: readonly LateConnection[] = [];

/** All that a manager knows of one signal, for as long as there is anything to know. */
export class SignalState implements TableOwner, ConnectionOwner {
  readonly manager: SignalManager;
  readonly home: PendingSends;
  readonly token: SignalToken;
  readonly definition: SignalDefinition | undefined;
  readonly sticky: boolean;
  readonly table: ConnectionTable;
  /** The table's receivers without a filter, at hand for the common send. */
  readonly unfiltered: LinkList;
  /** The waits and streams: they are told of sends before the receivers, and are none. */
  #observers: ConnectionTable | undefined;
  /** The send that a sticky signal keeps. */
  last: LastSend | undefined;
  /** Who has connected to a sticky signal while it is muted, and when. */
  #late: LateConnection[] | undefined;
  /** The receivers elsewhere, by the transports that reach them; undefined while there is none. */
  #far: readonly FarSide[] | undefined;
  /**
   * The table, while a send has nothing to do but to call receivers: the manager is open, nothing is connected to ANY, and
   * the signal has no defaults, is no meta signal, is not muted or sticky, and has no waits, streams or receivers elsewhere.
   */
  #common: ConnectionTable | undefined;
  /** A plain function that is all that a common send without options calls. */
  #only: Receiver | undefined;
  /** How often it is muted now, the manager's own mutes included. */
  muted: number;
  #mutes = 0;
  #special = false;
  readonly owner: SignalOwner;

  constructor(owner: SignalOwner, token: SignalToken, muted: number, special: boolean) {
    this.owner = owner;
    this.manager = owner.manager;
    this.home = owner.home;
    this.token = token;
    this.definition = definitionOf(token);
    this.muted = muted;
    this.sticky = this.definition?.sticky === true;
    this.table = new ConnectionTable(this, token === ANY || this.sticky);
    this.unfiltered = this.table.unfiltered;
    this.judge(special);
  }

  /** undefined while there is no wait and no stream. */
  get observers(): ConnectionTable | undefined {
    return this.#observers;
  }

  /** Tells `observer` of every send that the filter of `routing` matches. */
  observe(): ConnectionTable {
    const observers = (this.#observers ??= new ConnectionTable(this, false));
    this.judge();
    return observers;
  }

  get far(): readonly FarSide[] | undefined {
    return this.#far;
  }

  set far(far: readonly FarSide[] | undefined) {
    this.#far = far;
    this.judge();
  }

  /** What its receivers, waits and streams hear. A sticky signal keeps every send for those to come. */
  get heard(): Heard {
    const tables = this.#tables();
    if (this.sticky || tables.some(({ unfiltered }) => unfiltered.live > 0)) return 'everything';
    return this.attended ? 'filtered' : 'nothing';
  }

  get receiverCount(): number {
    return groupByReceiver(this.table.all()).length;
  }

  /** Whether it has receivers, waits or streams. */
  get attended(): boolean {
    return this.#tables().some(({ empty }) => !empty);
  }

  mute(): void {
    this.#mutes += 1;
    this.silence(1);
  }

  unmute(): void {
    this.#mutes -= 1;
    this.silence(-1);
    this.mayBeVacant();
  }

  addLate(connection: ConnectionHandle, rank: number): void {
    (this.#late ??= []).push({ connection, rank });
  }

  /** Once it is no longer muted, those that have connected meanwhile. */
  takeLate(): readonly LateConnection[] {
    if (this.muted > 0) return NONE_LATE;
    const late = this.#late ?? NONE_LATE;
    this.#late = undefined;
    return late;
  }

  /** Of the signal or of the whole manager. */
  silence(mutes: 1 | -1): void {
    this.muted += mutes;
    this.receiversMoved();
    this.judge();
  }

  receiversMoved(): void {
    this.home.stirs += 1;
  }

  receiversChanged(): void {
    this.#only = this.#common?.unfiltered.only;
    if (this.#far !== undefined || this.token === ANY) this.owner.audienceChanged(this);
  }

  /** To be called when anything that it is kept for may have gone. */
  mayBeVacant(): void {
    this.receiversChanged();
    if (this.#observers?.empty === true) {
      this.#observers = undefined;
      this.judge();
    }
    const watched = this.#observers !== undefined || this.#far !== undefined;
    const idle = this.#mutes === 0 && this.last === undefined && !watched;
    if (idle && this.table.empty) this.owner.vacated(this);
  }

  /** Emits if that is a common send. @returns Whether it is; if not, nothing has been done. */
  emit(kwargs: unknown, options: EmitOptions | undefined): boolean {
    if (this.#common === undefined || !isKwargs(kwargs)) return false;
    if (options !== undefined) this.#emitTo(kwargs, options);
    else if (this.#only !== undefined) emitOne(this.home, this.#only, kwargs, new Context(this));
    else if (this.unfiltered.live > 0) emitAll(this.home, this.unfiltered, kwargs, new Context(this), undefined, this);
    return true;
  }

  #emitTo(kwargs: object, options: EmitOptions): void {
    if (isBare(options)) {
      const sender = senderOf(options);
      const { key } = options;
      const alone = this.#common?.alone(sender, key);
      if (alone !== undefined) {
        emitOne(this.home, alone, kwargs, new Context(this, sender, key));
        return;
      }
    }
    const { links, context } = this.#routed(options, 'emit');
    emitAll(this.home, links, kwargs, context, options.expected, this);
  }

  /** Sends if that is a common send without limits; if not, nothing has been done. */
  send(kwargs: unknown, options: SendOptions | undefined): Promise<SendResult[]> | undefined {
    if (this.#common === undefined || !isKwargs(kwargs)) return undefined;
    if (options !== undefined) return this.#sendTo(kwargs, options);
    if (this.#only !== undefined) return sendOne(this.home, this.#only, kwargs, new Context(this));
    return sendAll(this.home, this.unfiltered, kwargs, new Context(this), undefined, this);
  }

  #sendTo(kwargs: object, options: SendOptions): Promise<SendResult[]> | undefined {
    if (isBare(options)) {
      const sender = senderOf(options);
      const { key } = options;
      const alone = this.#common?.alone(sender, key);
      if (alone !== undefined) return sendOne(this.home, alone, kwargs, new Context(this, sender, key));
    }
    if (mayHaveLimits(options)) return undefined;
    const { links, context } = this.#routed(options, 'send');
    return sendAll(this.home, links, kwargs, context, options.expected, this);
  }

  #routed(options: SendOptions, call: 'emit' | 'send'): { readonly links: Links; readonly context: Context } {
    checkOptions(options, call);
    const routing = sendFilterOf(options);
    const links = routing === undefined ? this.unfiltered : this.table.reach(routing);
    return { links: inOrderOf(options, links), context: new UncommonContext(this, routing) };
  }

  #tables(): readonly ConnectionTable[] {
    return this.#observers === undefined ? [this.table] : [this.table, this.#observers];
  }

  removing(links: readonly Link[]): () => void {
    return this.owner.removing(this, links);
  }

  admits(registration: ReceiverEntry, context: SendContext): boolean {
    if (this.token === ANY && (this.muted > 0 || this.owner.isMuted(context.signal))) return false;
    this.owner.lastSend(context.signal)?.noteCall(registration, context);
    return true;
  }

  ending(connection: ConnectionHandle): () => void {
    return this.owner.ending(this, connection);
  }

  /**
   * Decides anew whether the sends of this signal are common ones, so that they need not ask.
   *
   * @param special - Whether the manager as a whole has more to do: it is closed, or something is connected to ANY.
   */
  judge(special = this.#special): void {
    this.#special = special;
    const named = this.definition === undefined || (!this.sticky && this.definition.defaults === undefined);
    const plain = named && this.token !== ANY && !isMeta(this.token);
    const watched = this.#observers !== undefined || this.#far !== undefined;
    this.#common = plain && !special && !watched && this.muted === 0 ? this.table : undefined;
    this.receiversChanged();
  }
}

/** Whether these are at most one sender and one key. Any other name is yet to be checked. */
function isBare(options: SendOptions | null): boolean {
  if (typeof options !== 'object' || options === null) return false;
  for (const name in options) if (name !== 'sender' && name !== 'key') return false;
  return true;
}
