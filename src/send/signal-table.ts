import { argumentError } from '../internal/check.js';
import { plainRequest } from '../receivers/connect-request.js';
import { joinAny } from '../receivers/join-any.js';
import { ManagerClosedError } from '../signals/errors.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import type { Link } from '../receivers/link.js';
import type { ParsedFilter } from '../signals/filter.js';
import { type Reason, type SignalOwner, SignalState, type ToldParts, UNHEARD } from './signal-state.js';
import type { LastSend } from './sticky-send.js';
import { ANY, STATE, definitionOf } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { ConnectionChange, Receiver, Signal, SignalManager } from '../contract/signals.js';
import { WeakKeyMap, onCollected } from '../internal/weak-key-map.js';
import { checkSignal } from '../signals/check-signal.js';

/** The signals that report connections. */
export interface MetaSignals {
  readonly connected: Signal<ConnectionChange>;
  readonly disconnected: Signal<ConnectionChange>;
}

/**
 * The states of a manager's signals, and what all its parts share: pending sends, meta signals, the next rank, and who is
 * told of the close. Objects used as signals are never kept alive, even if their receivers refer to them.
 */
export class SignalTable implements SignalOwner {
  readonly manager: SignalManager;
  readonly home: PendingSends;
  readonly parts: ToldParts;
  readonly meta: MetaSignals;
  /** The rank of the next receiver, wait or stream. */
  nextRank = 0;
  readonly #states = new WeakKeyMap<SignalState>();
  /** The placeholder state of a Signal without a state. */
  readonly #unheard: SignalState;
  /** ANY has a field of its own, because it cannot be sent. */
  #any: SignalState | undefined;
  /** The signals made by name. A name gives the same signal while code refers to it or something is connected to it. */
  readonly #named = new Map<string, WeakRef<object>>();
  readonly #keptNamed = new Set<SignalState>();
  /** The mutes of the whole manager: the signals that each of them excepts. */
  readonly #mutes: ReadonlySet<SignalToken>[] = [];
  /** The reasons against common sends of all signals. */
  readonly #reasons = new Set<Reason>();
  /** Told when the manager closes: waits, streams, delayed emits, transports. */
  readonly #onClose = new Set<(error: Error) => void>();
  /** How many may hear of connections: meta signals with a state, and listeners. Without any, nobody is looked for. */
  hearers = 0;

  constructor(manager: SignalManager, home: PendingSends, meta: MetaSignals, parts: ToldParts) {
    this.manager = manager;
    this.home = home;
    this.meta = meta;
    this.parts = parts;
    this.#unheard = new SignalState(this, UNHEARD, 0);
  }

  get any(): SignalState | undefined {
    return this.#any;
  }

  get closed(): boolean {
    return this.#reasons.has('closed');
  }

  isMeta(signal: SignalToken): boolean {
    return signal === this.meta.connected || signal === this.meta.disconnected;
  }

  /** The send that a sticky signal keeps, unless it is muted. */
  lastSend(signal: SignalToken): LastSend | undefined {
    const state = this.find(signal);
    return state?.muted === 0 ? state.last : undefined;
  }

  /** Throws if the manager is closed, and unless a signal may be sent from outside: ANY stands for all signals, and only the manager reports connections. */
  checkSendable(signal: SignalToken): void {
    this.checkOpen();
    checkSignal(signal);
    if (signal === ANY) throw argumentError('signal', 'one signal', signal, '; ANY can be connected to, not sent');
    if (this.isMeta(signal)) {
      throw argumentError(
        'signal',
        'none of the meta signals',
        signal,
        '; only the manager itself reports connections',
      );
    }
  }

  checkOpen(): void {
    if (this.closed) throw new ManagerClosedError(this.manager.name);
  }

  /** Calls back when the manager closes. @returns A function that ends that. */
  onClose(callback: (error: Error) => void): () => void {
    this.#onClose.add(callback);
    return () => this.#onClose.delete(callback);
  }

  tellClosing(): void {
    const error = new ManagerClosedError(this.manager.name);
    for (const tell of [...this.#onClose]) tell(error);
  }

  /** Shows the sends of a signal to a wait or stream. @returns A function that ends that. */
  observe(signal: SignalToken, routing: ParsedFilter | undefined, see: Receiver<object, void>): () => void {
    const table = this.ensure(signal).observe();
    const link = table.connect(plainRequest(see, routing), this.nextRank++);
    return () => {
      table.release(link);
    };
  }

  /** The links that a send of `signal` reaches, those of ANY included, in the order of the calls; none while muted. */
  choose(signal: SignalToken, routing: ParsedFilter | undefined): readonly Link[] {
    if (this.isMuted(signal)) return [];
    const state = this.find(signal);
    const own = state?.table.choose(routing) ?? [];
    const any = this.#any;
    if (any === undefined || any === state || this.isMeta(signal)) return own;
    // Even if ANY is muted, its table still decides the position of receivers that are connected to both.
    const reached = any.muted > 0 ? [] : any.table.choose(routing);
    return joinAny(own, state?.table, reached, any.table);
  }

  /**
   * Returns the state of a signal, if it has one. Undefined also for a value that is not a signal; only then does a
   * caller have to check.
   */
  find(token: SignalToken): SignalState | undefined {
    const state = this.stateFor(token);
    return state === this.#unheard ? undefined : state;
  }

  /** Does the same as `find`, except that a Signal whose state is known to be missing gives the placeholder state. */
  stateFor(token: SignalToken): SignalState | undefined {
    const own = (token as OwnSignal | undefined | null)?.[STATE];
    if (own !== undefined && own.manager === this.manager) return own;
    return token === ANY ? this.#any : this.#states.get(token);
  }

  /** Caches "no receivers" on the Signal, so that its next sends skip the lookup. */
  rememberUnheard(token: SignalToken): void {
    if (this.#isOwn(token) && definitionOf(token)?.defaults === undefined) token[STATE] = this.#unheard;
  }

  ensure(token: SignalToken): SignalState {
    return this.find(token) ?? this.#add(token);
  }

  #add(token: SignalToken): SignalState {
    const state = new SignalState(this, token, this.#mutesOf(token));
    for (const reason of this.#reasons) state.note(reason, true);
    if (token === ANY) this.#any = state;
    else this.#states.set(token, state);
    if (this.isMeta(token)) this.hearers += 1;
    if (token === ANY) this.because('any-connected', true);
    if (this.#isOwn(token)) token[STATE] = state;
    if (this.#named.get(state.definition?.name ?? '')?.deref() === token) this.#keptNamed.add(state);
    return state;
  }

  /** Returns the signal of this name, which `make` creates on first use. */
  named<S extends object>(name: string, make: () => S): S {
    // The map has only signals that `make` has created.
    const known = this.#named.get(name)?.deref() as S | undefined;
    if (known !== undefined) return known;
    const signal = make();
    const ref = new WeakRef<object>(signal);
    const names = this.#named;
    names.set(name, ref);
    onCollected.register(signal, () => {
      if (names.get(name) === ref) names.delete(name);
    });
    return signal;
  }

  delete(state: SignalState): void {
    if (state === this.#any) {
      this.#any = undefined;
      this.because('any-connected', false);
    } else if (this.#states.get(state.token) === state) {
      this.#states.delete(state.token);
      if (this.isMeta(state.token)) this.hearers -= 1;
    }
    if (this.#isOwn(state.token)) state.token[STATE] = undefined;
    this.#keptNamed.delete(state);
    // A pending send still reads it, but `mute` and `unmute` of all signals no longer reach it.
    state.muted = 0;
    // Nor is it common for a send whose options disconnect the last receiver while they are read.
    state.note('deleted', true);
  }

  /** The states of all signals, ANY last. */
  all(): SignalState[] {
    return [...this.#states.values(), ...(this.#any === undefined ? [] : [this.#any])];
  }

  /** Adds or removes a mute of all signals, later ones included, except for those of a set. */
  muteExcept(except: ReadonlySet<SignalToken>, mutes: 1 | -1): void {
    if (mutes === 1) this.#mutes.push(except);
    else this.#mutes.splice(this.#mutes.indexOf(except), 1);
    const states = [...this.all(), this.#unheard].filter(({ token }) => !except.has(token));
    for (const state of states) state.muteBy(mutes);
    for (const state of states) state.receiversChanged();
  }

  /** The number of mutes of the whole manager that do not except this signal. */
  #mutesOf(token: SignalToken): number {
    return this.#mutes.filter((except) => !except.has(token)).length;
  }

  /** Sets whether Signals without a manager belong to another manager now, so that they must not send by these states. */
  setReplaced(replaced: boolean): void {
    this.because('replaced', replaced);
    for (const state of this.#states.values()) {
      if (this.#isOwn(state.token)) state.token[STATE] = replaced ? undefined : state;
    }
  }

  isMuted(token: SignalToken): boolean {
    return (this.find(token)?.muted ?? this.#mutesOf(token)) > 0;
  }

  /** Sets whether there is this reason against common sends of all signals, later ones included. */
  because(reason: Reason, on: boolean): void {
    if (this.#reasons.has(reason) === on) return;
    if (on) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    const states = [...this.#states.values(), this.#unheard];
    for (const state of states) state.note(reason, on);
    // Only now, because those who are told of the change may send any of these signals.
    for (const state of states) state.receiversChanged();
  }

  /** Whether a token is a Signal of this manager and of this copy of the library. */
  #isOwn(token: SignalToken): token is OwnSignal {
    if (typeof token !== 'object' || definitionOf(token) === undefined || !(STATE in token)) return false;
    return (token as OwnSignal).manager === this.manager;
  }
}

interface OwnSignal {
  readonly manager: SignalManager;
  [STATE]: SignalState | undefined;
}
