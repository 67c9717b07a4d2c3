import { ConnectionTable, type TableOwner } from '../receivers/connection-table.js';
import { emitAll, emitOne, sendAll, sendOne } from '../dispatch/concurrent.js';
import type { FarSide, Heard } from './far-hook.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import { groupByReceiver } from '../receivers/inspect.js';
import type { Entry, Link, LinkHandle } from '../receivers/link.js';
import type { LinkList } from '../receivers/link-list.js';
import { Context, contextFor } from '../signals/context.js';
import { asRead, checkedFilterOf, inOrderOf, mayHaveLimits, onlyCommon, reportsOf } from './options.js';
import type { LastSend } from './sticky-send.js';
import { ANY, type SignalDefinition, definitionOf } from '../signals/tokens.js';
import type { EmitOptions, SendOptions, SignalToken } from '../contract/options.js';
import type { Receiver, SendContext, SendResult, SignalManager } from '../contract/signals.js';

/** The parts of the manager that are told what happens to a signal. They are made after its table. */
export interface ToldParts {
  reports(): {
    removing(state: SignalState, links: readonly Link[], usedUp: boolean): () => void;
    ending(state: SignalState, handle: LinkHandle, usedUp: boolean): () => void;
  };
  far(): {
    /** Called when receivers, waits or streams of ANY were added or removed: they are part of every audience. */
    anyChanged(): void;
    /** Called when the audience of a followed signal may have changed. */
    followersDue(state: SignalState): void;
  };
}

/** The part of the table of signals that a signal's state calls. */
export interface SignalOwner {
  readonly manager: SignalManager;
  readonly home: PendingSends;
  readonly parts: ToldParts;
  /** Called when the signal has no connections, mutes or kept send. */
  delete(state: SignalState): void;
  isMuted(signal: SignalToken): boolean;
  /** Whether a signal reports connections. Such a signal is not listed, not reported and not seen by ANY. */
  isMeta(signal: SignalToken): boolean;
  /** The send that a sticky signal keeps, unless it is muted. */
  lastSend(signal: SignalToken): LastSend | undefined;
}

/** Why a send of a signal is not common: it has more to do than to call the receivers. Each is a bit of a set. */
export const REASONS = {
  'any-connected': 1,
  closed: 2,
  muted: 4,
  sticky: 8,
  defaults: 16,
  observed: 32,
  far: 64,
  'is-any': 128,
  'is-meta': 256,
  watched: 512,
  replaced: 1024,
  deleted: 2048,
} as const;

export type Reason = keyof typeof REASONS;

/** The token of the one state of all signals that nobody hears. */
export const UNHEARD = Symbol('unheard signal');

/** The state of one signal in its manager. It exists only while there is something to store. */
export class SignalState implements TableOwner {
  readonly manager: SignalManager;
  readonly home: PendingSends;
  readonly token: SignalToken;
  readonly definition: SignalDefinition | undefined;
  readonly sticky: boolean;
  readonly table: ConnectionTable;
  /** The table's receivers without a filter, cached for the common send. */
  readonly unfiltered: LinkList;
  /** The waits and streams, if any. They see a send before the receivers are called, and do not count as receivers. */
  observers: ConnectionTable | undefined;
  /** The send that a sticky signal keeps. */
  last: LastSend | undefined;
  /** The transports that reach remote receivers; undefined if there are none. */
  #far: readonly FarSide[] | undefined;
  /** Whether anybody follows the audience. */
  followed = false;
  /** Why its sends are not common: the sum of their numbers. */
  reasons = 0;
  /** The table, while there is no reason against common sends. Not private, because V8 inlines only what is not. */
  common: ConnectionTable | undefined;
  /** The plain function, if it is the only receiver of a common send without options. */
  #only: Receiver | undefined;
  /** The number of mutes in force, those of the whole manager included. */
  muted: number;
  #mutes = 0;
  readonly owner: SignalOwner;

  constructor(owner: SignalOwner, token: SignalToken, muted: number) {
    this.owner = owner;
    this.manager = owner.manager;
    this.home = owner.home;
    this.token = token;
    this.definition = definitionOf(token);
    this.muted = muted;
    this.sticky = this.definition?.sticky === true;
    this.table = new ConnectionTable(this, token === ANY || this.sticky);
    this.unfiltered = this.table.unfiltered;
    this.common = this.table;
    if (muted > 0) this.because('muted', true);
    if (this.sticky) this.because('sticky', true);
    if (this.definition?.defaults !== undefined) this.because('defaults', true);
    if (token === ANY) this.because('is-any', true);
    else if (owner.isMeta(token)) this.because('is-meta', true);
  }

  /** Returns the table for waits and streams, and creates it if needed. */
  observe(): ConnectionTable {
    const observers = (this.observers ??= new ConnectionTable(this, false));
    this.because('observed', true);
    return observers;
  }

  get far(): readonly FarSide[] | undefined {
    return this.#far;
  }

  set far(far: readonly FarSide[] | undefined) {
    this.#far = far;
    this.because('far', far !== undefined);
  }

  /** Tells transports and followers that the audience may have changed. */
  audienceChanged(): void {
    this.tellTransports();
    if (this.followed) this.owner.parts.far().followersDue(this);
  }

  tellTransports(): void {
    for (const side of this.#far ?? []) side.audienceChanged();
  }

  /** Which sends the receivers, waits and streams need. A sticky signal needs every send, for later receivers. */
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

  /** Adds or removes a mute of the signal. */
  muteAlone(mutes: 1 | -1): void {
    this.#mutes += mutes;
    this.muteBy(mutes);
    this.mayBeVacant();
  }

  /** Adds or removes a mute of the signal or of the whole manager. `receiversChanged` must follow. */
  muteBy(mutes: 1 | -1): void {
    this.muted += mutes;
    this.receiversMoved();
    this.note('muted', this.muted > 0);
  }

  receiversMoved(): void {
    this.home.stirs += 1;
  }

  receiversChanged(): void {
    this.#only = this.common?.unfiltered.only;
    if (this.token === ANY) this.owner.parts.far().anyChanged();
    else if (this.#far !== undefined || this.followed) this.audienceChanged();
  }

  /** Must be called when a reason to keep this state may have ended. */
  mayBeVacant(): void {
    this.receiversChanged();
    if (this.observers?.empty === true) {
      this.observers = undefined;
      this.because('observed', false);
    }
    const watched = this.observers !== undefined || this.#far !== undefined || this.followed;
    const idle = this.#mutes === 0 && this.last === undefined && !watched;
    if (idle && this.table.empty) this.owner.delete(this);
  }

  /** Whether sends are common except that they are watched. */
  get isOnlyWatched(): boolean {
    return this.reasons === REASONS.watched;
  }

  // These two test kwargs without `isKwargs`: V8 stores the result of an inlined function before it branches on it.

  /** Emits if this is a common send. @returns Whether it is. If not, nothing has been done. */
  emit(kwargs: unknown, options: EmitOptions | undefined): boolean {
    if (this.common === undefined || typeof kwargs !== 'object' || kwargs === null) return false;
    if (options !== undefined) return emitTo(this, kwargs, options);
    if (this.#only !== undefined) emitOne(this.home, this.#only, kwargs, new Context(this));
    else emitToAll(this, kwargs);
    return true;
  }

  /** Sends if this is a common send without limits. Otherwise returns undefined, and nothing has been done. */
  send(kwargs: unknown, options: SendOptions | undefined): Promise<SendResult[]> | undefined {
    if (this.common === undefined || typeof kwargs !== 'object' || kwargs === null) return undefined;
    if (options !== undefined) return sendTo(this, kwargs, options);
    if (this.#only !== undefined) return sendOne(this.home, this.#only, kwargs, new Context(this));
    return sendAll(this.home, this.unfiltered, kwargs, new Context(this), undefined, this);
  }

  #tables(): readonly ConnectionTable[] {
    return this.observers === undefined ? [this.table] : [this.table, this.observers];
  }

  removing(links: readonly Link[], usedUp: boolean): () => void {
    return this.owner.parts.reports().removing(this, links, usedUp);
  }

  admits(entry: Entry, context: SendContext): boolean {
    if (this.token === ANY && (this.muted > 0 || this.owner.isMuted(context.signal))) return false;
    this.owner.lastSend(context.signal)?.noteCall(entry, context);
    return true;
  }

  ending(handle: LinkHandle, usedUp: boolean): () => void {
    return this.owner.parts.reports().ending(this, handle, usedUp);
  }

  /** Sets whether there is this reason against common sends, so that each send reads only the result. */
  because(reason: Reason, on: boolean): void {
    this.note(reason, on);
    this.receiversChanged();
  }

  /** Does the same and tells nobody. `receiversChanged` must follow, when all signals that it is about have noted it. */
  note(reason: Reason, on: boolean): void {
    this.reasons = on ? this.reasons | REASONS[reason] : this.reasons & ~REASONS[reason];
    this.common = this.reasons === 0 ? this.table : undefined;
  }
}

// The common sends, in small functions without private fields, so that V8 can inline those to a single receiver whole.
// `alone` finds nobody for the sender `ANY`, which counts as not given: the full filter is parsed then.

function emitToAll(state: SignalState, kwargs: object): void {
  const { home, unfiltered } = state;
  if (unfiltered.live > 0) emitAll(home, unfiltered, kwargs, new Context(state), undefined, state);
}

function emitTo(state: SignalState, kwargs: object, options: EmitOptions): boolean {
  if (!onlyCommon(options)) return emitRouted(state, kwargs, options);
  const { sender, key } = options;
  const alone = state.common?.alone(sender, key);
  if (alone === undefined) return emitRouted(state, kwargs, { sender, key }, true);
  emitOne(state.home, alone, kwargs, new Context(state, sender, key));
  return true;
}

function sendTo(state: SignalState, kwargs: object, options: SendOptions): Promise<SendResult[]> | undefined {
  if (!onlyCommon(options)) return mayHaveLimits(options) ? undefined : sendRouted(state, kwargs, options);
  const { sender, key } = options;
  const alone = state.common?.alone(sender, key);
  if (alone === undefined) return sendRouted(state, kwargs, { sender, key }, true);
  return sendOne(state.home, alone, kwargs, new Context(state, sender, key));
}

/** @param areRead - Whether the options are common ones in a new object: accessors are not read again. */
function emitRouted(state: SignalState, kwargs: object, options: EmitOptions, areRead = false): boolean {
  if (state.token === UNHEARD) return false; // because the options may connect a receiver to the signal
  const routing = checkedFilterOf(options, 'emit', areRead);
  if (state.common === undefined) {
    state.manager.emit(state.token, kwargs, asRead(options, routing));
  } else {
    const links = inOrderOf(options, state.table.reach(routing));
    emitAll(state.home, links, kwargs, contextFor(state, routing), reportsOf(options), state);
  }
  return true;
}

function sendRouted(
  state: SignalState,
  kwargs: object,
  options: SendOptions,
  areRead = false,
): Promise<SendResult[]> | undefined {
  if (state.token === UNHEARD) return undefined; // as above
  const routing = checkedFilterOf(options, 'send', areRead);
  if (state.common === undefined) return state.manager.send(state.token, kwargs, asRead(options, routing));
  const links = inOrderOf(options, state.table.reach(routing));
  return sendAll(state.home, links, kwargs, contextFor(state, routing), reportsOf(options), state);
}
