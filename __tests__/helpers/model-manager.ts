import {
  ANY,
  AsyncReceiverError,
  type ConnectOptions,
  type Connection,
  type DisconnectOptions,
  type Explanation,
  type Filter,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  type Receiver,
  type SendContext,
  type SendResult,
  type SerialOptions,
  type SignalManager,
  type SignalToken,
} from '../../src/index.js';

/** What a model and the real manager both do. */
export interface Manager {
  connect(receiver: Receiver, signal: SignalToken, options: ConnectOptions): Connection;
  disconnect(...args: [receiver: Receiver, signal?: SignalToken, options?: DisconnectOptions]): boolean;
  disconnectAll(...args: [signal?: SignalToken]): number;
  send(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): Promise<SendResult[]>;
  sendSerial(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): Promise<SendResult[]>;
  sendSync(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): SendResult[];
  emit(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): void;
  mute(...args: [signal?: SignalToken]): Disposable;
  receivers(signal: SignalToken, filter: Filter): Receiver[];
  hasReceivers(signal: SignalToken, filter: Filter): boolean;
  explain(signal: SignalToken, filter: Filter): Explained[];
  signals(): SignalToken[];
}

export type Options = SerialOptions<unknown>;
/** `because` says why it is called; nothing is compared of who is not. */
export type Explained = Pick<Explanation, 'receiver' | 'matches' | 'because'>;

/** Who is one receiver: `uid` alone where there is one, or the function and its `thisArg` (R3). */
interface Identity {
  readonly receiver: Receiver;
  readonly thisArg: object | undefined;
  readonly uid: string | symbol | undefined;
}

/** A receiver of one signal, as its first connection has made it (R3). */
interface Member extends Identity {
  readonly priority: number;
  readonly rank: number;
}

/** What a connection asks for: every send, or those with one sender, or those with one key (R4, R5). */
interface Route {
  readonly by: 'unfiltered' | 'sender' | 'key';
  readonly value: unknown;
}

interface ModelConnection extends Connection {
  readonly member: Member;
  readonly once: boolean;
  /** What is left of what it asked for; nothing: it is disconnected. */
  routes: readonly Route[];
}

/** By which route of which connection a send reaches a receiver. */
interface Match {
  readonly connection: ModelConnection;
  readonly route: Route;
}

/** A receiver that a send may reach, and all by which it does. */
interface Turn {
  readonly member: Member;
  readonly matches: readonly Match[];
}

interface Send {
  readonly signal: SignalToken;
  readonly kwargs: Record<string, unknown>;
  readonly context: SendContext;
  readonly routes: readonly Route[];
  /** The receivers it has yet to come to. */
  readonly toCome: Turn[];
  readonly called: Member[];
}

/**
 * A signal manager as the rules have it, and nothing else: one list of connections, gone through from end to end for
 * every question. It is what the real manager is compared with, so it is written to be seen to be right.
 */
export class ModelManager implements Manager {
  readonly #sticky: readonly SignalToken[];
  readonly #onError: (error: unknown) => void;
  /** Of all signals, in the order they were made. */
  #connections: ModelConnection[] = [];
  /** One entry for each mute that has not been disposed; undefined stands for all signals. */
  #mutes: { readonly signal: SignalToken | undefined }[] = [];
  readonly #lastSends = new Map<SignalToken, Send>();
  #nextRank = 0;

  constructor(sticky: readonly SignalToken[], onError: (error: unknown) => void) {
    this.#sticky = sticky;
    this.#onError = onError;
  }

  connect(receiver: Receiver, signal: SignalToken, options: ConnectOptions): Connection {
    const { thisArg, uid, priority = 0, once = false, abortSignal } = options;
    const identity = { receiver, thisArg, uid };
    const known = this.#connections.find((each) => each.signal === signal && isSame(each.member, identity));
    const member = known?.member ?? { ...identity, priority, rank: this.#nextRank++ };
    const disconnect = (): boolean => this.#end(connection);
    const connection: ModelConnection = {
      signal,
      member,
      once,
      routes: abortSignal?.aborted === true ? [] : routesOf(options),
      get connected() {
        return this.routes.length > 0;
      },
      disconnect,
      [Symbol.dispose]: disconnect,
    };
    if (!connection.connected) return connection;
    this.#connections.push(connection);
    abortSignal?.addEventListener('abort', disconnect);
    this.#report(RECEIVER_CONNECTED, connection);
    this.#deliverLast(connection);
    return connection;
  }

  disconnect(receiver: Receiver, signal?: SignalToken, options: DisconnectOptions = {}): boolean {
    const identity = { receiver, thisArg: options.thisArg, uid: options.uid };
    const found = this.#connections.filter(
      (each) => (signal === undefined || each.signal === signal) && isSame(each.member, identity),
    );
    const named = routesOf(options);
    const isNamed = (route: Route): boolean => named === UNFILTERED || named.some((each) => isEqual(each, route));
    const losing = found.filter(({ routes }) => routes.some(isNamed));
    this.#take(losing, isNamed);
    return losing.length > 0;
  }

  disconnectAll(signal?: SignalToken): number {
    const found = this.#connections.filter((each) => signal === undefined || each.signal === signal);
    const removed = new Set(found.map(({ member }) => member)).size;
    // Those of the meta signals last: they are told of the others (R18).
    for (const meta of [false, true]) {
      this.#take(
        found.filter((each) => isMeta(each.signal) === meta),
        () => true,
      );
    }
    return removed;
  }

  async send(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): Promise<SendResult[]> {
    const send = this.#start(signal, kwargs, options);
    const outcomes: (SendResult | Promise<SendResult>)[] = [];
    for (let turn = send.toCome.shift(); turn !== undefined; turn = send.toCome.shift()) {
      if (this.#claim(send, turn)) outcomes.push(this.#call(send, turn.member));
    }
    return Promise.all(outcomes);
  }

  async sendSerial(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): Promise<SendResult[]> {
    const send = this.#start(signal, kwargs, options);
    const results: SendResult[] = [];
    for (let turn = send.toCome.shift(); turn !== undefined; turn = send.toCome.shift()) {
      if (!this.#claim(send, turn)) continue;
      const outcome = this.#call(send, turn.member);
      const result = outcome instanceof Promise ? await outcome : outcome;
      results.push(result);
      if (options.until?.(result) === true) break;
    }
    send.toCome.length = 0;
    return results;
  }

  sendSync(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): SendResult[] {
    const send = this.#start(signal, kwargs, options);
    const results: SendResult[] = [];
    for (let turn = send.toCome.shift(); turn !== undefined; turn = send.toCome.shift()) {
      if (!this.#claim(send, turn)) continue;
      const outcome = this.#call(send, turn.member);
      const result =
        outcome instanceof Promise ? this.#failed(turn.member, new AsyncReceiverError('receiver', 'signal')) : outcome;
      results.push(result);
      if (options.until?.(result) === true) break;
    }
    send.toCome.length = 0;
    return results;
  }

  emit(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): void {
    void this.send(signal, kwargs, options);
  }

  mute(signal?: SignalToken): Disposable {
    const mute = { signal };
    this.#mutes.push(mute);
    return {
      [Symbol.dispose]: () => {
        this.#mutes = this.#mutes.filter((each) => each !== mute);
      },
    };
  }

  receivers(signal: SignalToken, filter: Filter): Receiver[] {
    return this.#turns(signal, routesOf(filter)).map(({ member }) => member.receiver);
  }

  hasReceivers(signal: SignalToken, filter: Filter): boolean {
    return this.receivers(signal, filter).length > 0;
  }

  explain(signal: SignalToken, filter: Filter): Explained[] {
    const called = this.#turns(signal, routesOf(filter));
    return this.#concerned(signal, routesOf(filter)).map(({ member }) => {
      const matches = called.find((turn) => turn.member === member)?.matches ?? [];
      const bys = matches.filter(({ connection }) => connection.signal !== ANY).map(({ route }) => route.by);
      const own = (['unfiltered', 'sender', 'key'] as const).find((by) => bys.includes(by));
      return { receiver: member.receiver, matches: matches.length > 0, because: own ?? 'any signal' };
    });
  }

  signals(): SignalToken[] {
    const signals = this.#connections.map((each) => each.signal).filter((each) => each !== ANY && !isMeta(each));
    return [...new Set(signals)];
  }

  #isMuted(signal: SignalToken): boolean {
    return this.#mutes.some((each) => each.signal === undefined || each.signal === signal);
  }

  /** Every receiver of the signal and of ANY, in the order of R9, with all by which a send reaches it. */
  #concerned(signal: SignalToken, named: readonly Route[]): Turn[] {
    const heard = isMeta(signal) ? [signal] : [signal, ANY];
    const connections = this.#connections.filter((each) => heard.includes(each.signal));
    const members = connections.map(({ member }) => member).sort((a, b) => a.rank - b.rank);
    // A receiver of both is one, at the place of the first of the two.
    const first = members.filter((member, i) => members.findIndex((each) => isSame(each, member)) === i);
    const turns = first.map((member) => {
      const own = connections.filter((each) => isSame(each.member, member));
      const matches = own.flatMap((connection) => matchesOf(connection, named));
      return { member, matches };
    });
    return turns.sort((a, b) => byOrder(a.member, b.member));
  }

  /** Whom a send calls, as things stand. */
  #turns(signal: SignalToken, named: readonly Route[]): Turn[] {
    return this.#concerned(signal, named)
      .map(({ member, matches }) => ({ member, matches: this.#standing(signal, matches) }))
      .filter(({ matches }) => matches.length > 0);
  }

  /** The matches that have been neither disconnected nor muted. */
  #standing(signal: SignalToken, matches: readonly Match[]): Match[] {
    if (this.#isMuted(signal)) return [];
    return matches.filter(({ connection, route }) => {
      return connection.routes.includes(route) && !this.#isMuted(connection.signal);
    });
  }

  #start(signal: SignalToken, kwargs: Record<string, unknown>, options: Options): Send {
    const routes = routesOf(options);
    const toCome = this.#turns(signal, routes);
    if (options.reverse === true) toCome.reverse();
    const send = { signal, kwargs, context: this.#contextOf(signal, routes), routes, toCome, called: [] };
    if (this.#sticky.includes(signal) && !this.#isMuted(signal)) this.#lastSends.set(signal, send);
    return send;
  }

  #contextOf(signal: SignalToken, routes: readonly Route[]): SendContext {
    const [senders, keys] = (['sender', 'key'] as const).map((by) => {
      return new Set(routes.filter((route) => route.by === by).map(({ value }) => value));
    }) as [Set<unknown>, Set<unknown>];
    const [sender] = senders;
    return { signal, manager: this as unknown as SignalManager, sender, senders, keys, abortSignal: undefined };
  }

  /** Decides, when its turn has come, whether a receiver is called; uses up its once connections (R15). */
  #claim(send: Send, { member, matches }: Turn): boolean {
    const standing = this.#standing(send.signal, matches);
    if (standing.length === 0) return false;
    send.called.push(member);
    const used = standing.map(({ connection }) => connection).filter(({ once }) => once);
    this.#take([...new Set(used)], () => true);
    return true;
  }

  #call({ kwargs, context }: Send, member: Member): SendResult | Promise<SendResult> {
    const { receiver } = member;
    try {
      const value = receiver.call(member.thisArg, kwargs, context);
      if (!(value instanceof Promise)) return { status: 'fulfilled', value, receiver };
      return value.then(
        (late: unknown) => ({ status: 'fulfilled' as const, value: late, receiver }),
        (reason: unknown) => this.#failed(member, reason),
      );
    } catch (error) {
      return this.#failed(member, error);
    }
  }

  #failed({ receiver }: Member, reason: unknown): SendResult {
    this.#onError(reason);
    return { status: 'rejected', reason, receiver };
  }

  /** R17 */
  #deliverLast(connection: ModelConnection): void {
    const { member, signal } = connection;
    const last = this.#lastSends.get(signal);
    if (last === undefined) return;
    const isCalled = last.called.some((each) => isSame(each, member));
    const willBe = last.toCome.some((turn) => {
      return isSame(turn.member, member) && this.#standing(signal, turn.matches).length > 0;
    });
    if (isCalled || willBe) return;
    if (this.#claim(last, { member, matches: matchesOf(connection, last.routes) })) void this.#call(last, member);
  }

  #end(connection: ModelConnection): boolean {
    const { connected } = connection;
    this.#take([connection], () => true);
    return connected;
  }

  /** Takes routes from connections; those that have none left are disconnected. */
  #take(connections: readonly ModelConnection[], isTaken: (route: Route) => boolean): void {
    const standing = connections.filter((each) => each.connected);
    for (const each of standing) each.routes = each.routes.filter((route) => !isTaken(route));
    this.#connections = this.#connections.filter((each) => each.connected);
    const ended = standing.filter((each) => !each.connected);
    // One report for a receiver that is gone, or else one for each connection that is (R18).
    const gone = (each: ModelConnection): boolean => !this.#connections.some(({ member }) => member === each.member);
    const reported = ended.filter((each, i) => {
      return !gone(each) || ended.findIndex(({ member }) => member === each.member) === i;
    });
    for (const each of reported) this.#report(RECEIVER_DISCONNECTED, each);
  }

  #report(meta: SignalToken, connection: ModelConnection): void {
    if (!isMeta(connection.signal)) this.emit(meta, { manager: this, connection }, {});
  }
}

const UNFILTERED: readonly Route[] = [{ by: 'unfiltered', value: undefined }];

/** What a filter names; `undefined`, and ANY as sender, name nothing (R6–R8). */
function routesOf({ sender, senders = [], key, keys = [] }: Filter): readonly Route[] {
  const named = [
    ...[sender, ...senders].filter((value) => value !== ANY).map((value) => ({ by: 'sender' as const, value })),
    ...[key, ...keys].map((value) => ({ by: 'key' as const, value })),
  ].filter(({ value }) => value !== undefined);
  return named.length === 0 ? UNFILTERED : named;
}

function matchesOf(connection: ModelConnection, named: readonly Route[]): Match[] {
  return connection.routes.filter((route) => reaches(named, route)).map((route) => ({ connection, route }));
}

/** Whether a send that names these reaches who is connected by the route (R4, R5). */
function reaches(named: readonly Route[], route: Route): boolean {
  return route.by === 'unfiltered' || named.some((each) => isEqual(each, route));
}

function isEqual(a: Route, b: Route): boolean {
  return a.by === b.by && [a.value].includes(b.value); // SameValueZero (R6)
}

function isSame(a: Identity, b: Identity): boolean {
  if (a.uid !== undefined || b.uid !== undefined) return a.uid === b.uid;
  return a.receiver === b.receiver && a.thisArg === b.thisArg;
}

function byOrder(a: Member, b: Member): number {
  return a.priority === b.priority ? a.rank - b.rank : b.priority - a.priority;
}

function isMeta(signal: SignalToken): boolean {
  return signal === RECEIVER_CONNECTED || signal === RECEIVER_DISCONNECTED;
}
