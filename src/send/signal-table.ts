import { joinAny } from '../receivers/join-any.js';
import { ManagerClosedError } from '../signals/errors.js';
import type { Link } from '../receivers/link.js';
import { onCollected } from '../internal/collected.js';
import type { ParsedFilter } from '../signals/filter.js';
import { isMeta } from '../signal.js';
import { type SignalOwner, SignalState } from './signal-state.js';
import type { SignalManager } from '../manager/manager.js';
import { ANY, STATE, definitionOf } from '../signals/tokens.js';
import type { SignalToken } from '../contract/signals.js';
import { WeakKeyMap } from '../internal/weak-key-map.js';

/**
 * What a manager knows of its signals. Objects used as tokens are never kept alive, whatever their receivers refer to.
 */
export class SignalTable {
  readonly #owner: SignalOwner;
  readonly #states = new WeakKeyMap<SignalState>();
  /** Stands in for the state of a Signal that has none. */
  readonly #unheard: SignalState;
  /** ANY stands apart: it is no signal that can be sent. */
  #any: SignalState | undefined;
  /** The signals made by name; each stays the same for as long as anybody holds it, or anything is connected to it. */
  readonly #named = new Map<string, WeakRef<object>>();
  readonly #keptNamed = new Set<SignalState>();
  /** How often the whole manager is muted. */
  #mutes = 0;
  #closed = false;
  /** How many of the meta signals have a state, so that whoever would send them need not look. */
  #metas = 0;

  constructor(owner: SignalOwner) {
    this.#owner = owner;
    this.#unheard = new SignalState(owner, UNHEARD, 0, false);
  }

  /** Whether anything may be connected to the meta signals. */
  get knowsMeta(): boolean {
    return this.#metas > 0;
  }

  get any(): SignalState | undefined {
    return this.#any;
  }

  get closed(): boolean {
    return this.#closed;
  }

  checkOpen(): void {
    if (this.#closed) throw new ManagerClosedError(this.#owner.manager.name);
  }

  /** The links that a send of `signal` reaches, those of ANY included, in the order of the calls; none while muted. */
  choose(signal: SignalToken, routing: ParsedFilter | undefined): readonly Link[] {
    if (this.isMuted(signal)) return [];
    const state = this.find(signal);
    const own = state?.table.choose(routing) ?? [];
    const any = this.#any;
    if (any === undefined || any === state || isMeta(signal)) return own;
    // Muted, it still decides the place of the receivers that are connected to both.
    const reached = any.muted > 0 ? [] : any.table.choose(routing);
    return joinAny(own, state?.table, reached, any.table);
  }

  /** undefined also for what is no signal, which has to be told apart only then. */
  find(token: SignalToken): SignalState | undefined {
    const state = this.stateFor(token);
    return state === this.#unheard ? undefined : state;
  }

  /** What a send needs to know: the same as `find`, but where it is known that nothing is known. */
  stateFor(token: SignalToken): SignalState | undefined {
    const own = (token as OwnSignal | undefined | null)?.[STATE];
    if (own !== undefined && own.manager === this.#owner.manager) return own;
    return token === ANY ? this.#any : this.#states.get(token);
  }

  /** A Signal that nothing is connected to remembers that, so that its next sends need not look it up. */
  rememberUnheard(token: SignalToken): void {
    if (this.#isOwn(token) && definitionOf(token)?.defaults === undefined) token[STATE] = this.#unheard;
  }

  ensure(token: SignalToken): SignalState {
    const found = this.find(token);
    if (found !== undefined) return found;
    const state = new SignalState(this.#owner, token, this.#mutes, this.#special);
    if (token === ANY) this.#any = state;
    else this.#states.set(token, state);
    if (isMeta(token)) this.#metas += 1;
    if (token === ANY) this.#judge();
    if (this.#isOwn(token)) token[STATE] = state;
    if (this.#named.get(state.definition?.name ?? '')?.deref() === token) this.#keptNamed.add(state);
    return state;
  }

  /** The signal of this name, made by `make` on first use. */
  named<S extends object>(name: string, make: () => S): S {
    // Only signals that `make` has made are in the map.
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
      this.#judge();
    } else if (this.#states.get(state.token) === state) {
      this.#states.delete(state.token);
      if (isMeta(state.token)) this.#metas -= 1;
    }
    if (this.#isOwn(state.token)) state.token[STATE] = undefined;
    this.#keptNamed.delete(state);
    // A send in flight still asks it; what mutes or unmutes all signals does not find it any more.
    state.muted = 0;
  }

  /** Every signal, ANY last. */
  all(): SignalState[] {
    return [...this.#states.values(), ...(this.#any === undefined ? [] : [this.#any])];
  }

  /** Mutes all signals, those that come later too. */
  mute(): void {
    this.#mutes += 1;
    for (const state of [...this.all(), this.#unheard]) state.silence(1);
  }

  unmute(): void {
    this.#mutes -= 1;
    for (const state of [...this.all(), this.#unheard]) state.silence(-1);
  }

  /** From `close` on, or no longer after all: no send is a common one. */
  setClosed(closed: boolean): void {
    this.#closed = closed;
    this.#judge();
  }

  isMuted(token: SignalToken): boolean {
    return this.#mutes > 0 || (this.find(token)?.muted ?? 0) > 0;
  }

  /** While this is true, no send of any signal is a common one. */
  get #special(): boolean {
    return this.#closed || this.#any !== undefined;
  }

  #judge(): void {
    this.#unheard.judge(this.#special);
    for (const state of this.#states.values()) state.judge(this.#special);
  }

  /** Whether a token is a Signal of this manager and of this copy of the library. */
  #isOwn(token: SignalToken): token is OwnSignal {
    if (typeof token !== 'object' || definitionOf(token) === undefined || !(STATE in token)) return false;
    return (token as OwnSignal).manager === this.#owner.manager;
  }
}

const UNHEARD = Symbol('unheard signal');

interface OwnSignal {
  readonly manager: SignalManager;
  [STATE]: SignalState | undefined;
}
