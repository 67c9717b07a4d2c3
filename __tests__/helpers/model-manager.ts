import {
  ANY,
  AsyncReceiverError,
  type ConnectOptions,
  type Connection,
  type DisconnectOptions,
  type Filter,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  type Receiver,
  type SendContext,
  type SendResult,
  type SignalManager,
  type SignalToken,
} from '../../src/index.js';
import { type Member, type Route, byOrder, isAmong, isSame, namesNothing, reaches, routesOf } from './model-routes.js';
import { DEFAULTS, type Explained, type Kwargs, type Manager, type Options, type Where } from './model-stage.js';

interface ModelConnection extends Connection {
  readonly member: Member;
  readonly once: boolean;
  readonly weak: boolean;
  /** What is left of what it asked for; nothing: it is disconnected. */
  routes: readonly Route[];
}

/** By what a send reaches a receiver. */
interface Match {
  readonly connection: ModelConnection;
  readonly route: Route;
}

/** A receiver that a send may call, and all by which it reaches it. */
interface Turn {
  readonly member: Member;
  readonly matches: readonly Match[];
}

interface Watch {
  readonly signal: SignalToken;
  readonly routes: readonly Route[];
  readonly where: Where;
}

interface Send {
  readonly signal: SignalToken;
  readonly kwargs: Kwargs;
  readonly context: SendContext;
  readonly named: readonly Route[];
  /** Fixed when it starts (R15). */
  readonly turns: readonly Turn[];
  readonly called: Member[];
}

/**
 * A signal manager as the rules have it, and nothing else: one list of connections, gone through from end to end for
 * every question. The real manager is compared with it, so it is written to be seen to be right.
 */
export class ModelManager implements Manager {
  readonly #sticky: readonly SignalToken[];
  /** The signals that declare defaults. */
  readonly #declared: readonly SignalToken[];
  readonly #onError: (error: unknown) => void;
  /** The streams, in the order they were made. */
  #watches: readonly Watch[] = [];
  /** Of all signals, in the order they were made. */
  #connections: readonly ModelConnection[] = [];
  /** One entry for each mute that has not been disposed; without a signal: of all. */
  #mutes: readonly { readonly signal: SignalToken | undefined }[] = [];
  /** Connected while their signal is muted, in the order they were made. */
  #late: readonly ModelConnection[] = [];
  readonly #lastSends = new Map<SignalToken, Send>();
  #nextRank = 0;

  constructor(sticky: readonly SignalToken[], declared: readonly SignalToken[], onError: (error: unknown) => void) {
    this.#sticky = sticky;
    this.#declared = declared;
    this.#onError = onError;
  }

  connect(receiver: Receiver, signal: SignalToken, options: ConnectOptions): Connection {
    const { thisArg, uid, priority = 0, once = false, weak = false, abortSignal } = options;
    const identity = { receiver, thisArg, uid };
    const known = this.#connections.find((each) => each.signal === signal && isSame(each.member, identity));
    const disconnect = (): boolean => this.#end(connection);
    const connection: ModelConnection = {
      signal,
      signals: [signal],
      receiver,
      member: known?.member ?? { ...identity, priority, rank: this.#nextRank++ },
      once,
      weak,
      routes: abortSignal?.aborted === true ? [] : routesOf(options),
      get connected() {
        return this.routes.length > 0;
      },
      disconnect,
      [Symbol.dispose]: disconnect,
    };
    if (!connection.connected) return connection;
    this.#connections = [...this.#connections, connection];
    abortSignal?.addEventListener('abort', disconnect);
    this.#report(RECEIVER_CONNECTED, connection, connection.routes);
    this.#deliverOrKeep(connection);
    return connection;
  }

  disconnect(receiver: Receiver, signal?: SignalToken, options: DisconnectOptions = {}): boolean {
    const identity = { receiver, thisArg: options.thisArg, uid: options.uid };
    const named = routesOf(options);
    const isTaken = (route: Route): boolean => namesNothing(named) || isAmong(named, route);
    const losing = this.#connectionsOf(signal)
      .filter(({ member }) => isSame(member, identity))
      .filter(({ routes }) => routes.some(isTaken));
    this.#take(losing, isTaken);
    return losing.length > 0;
  }

  disconnectAll(signal?: SignalToken): number {
    const found = this.#connectionsOf(signal);
    // Those of the meta signals last: they are told of the others (R18).
    this.#take(found.filter((each) => !isMeta(each.signal)));
    this.#take(found.filter((each) => isMeta(each.signal)));
    return new Set(found.map(({ member }) => member)).size;
  }

  async send(signal: SignalToken, kwargs: Kwargs, options: Options): Promise<SendResult[]> {
    const send = this.#start(signal, kwargs, options);
    const outcomes: Promise<SendResult>[] = [];
    for (const turn of send.turns) {
      if (this.#claim(send, turn)) outcomes.push(Promise.resolve(this.#call(send, turn.member)));
    }
    return Promise.all(outcomes);
  }

  async sendSerial(signal: SignalToken, kwargs: Kwargs, options: Options): Promise<SendResult[]> {
    const send = this.#start(signal, kwargs, options);
    const results: SendResult[] = [];
    for (const turn of send.turns) {
      if (!this.#claim(send, turn)) continue;
      const outcome = this.#call(send, turn.member);
      const result = outcome instanceof Promise ? await outcome : outcome;
      results.push(result);
      if (options.until?.(result) === true) break;
    }
    return results;
  }

  sendSync(signal: SignalToken, kwargs: Kwargs, options: Options): SendResult[] {
    const send = this.#start(signal, kwargs, options);
    const results: SendResult[] = [];
    for (const turn of send.turns) {
      if (!this.#claim(send, turn)) continue;
      const outcome = this.#call(send, turn.member);
      const result = outcome instanceof Promise ? this.#failed(turn.member, NOT_WAITED_FOR) : outcome;
      results.push(result);
      if (options.until?.(result) === true) break;
    }
    return results;
  }

  emit(signal: SignalToken, kwargs: Kwargs, options: Options): void {
    void this.send(signal, kwargs, options);
  }

  stream(signal: SignalToken, { where, ...filter }: Filter & { readonly where: Where }): { return(): void } {
    const watch = { signal, routes: routesOf(filter), where };
    this.#watches = [...this.#watches, watch];
    const last = this.#lastSends.get(signal);
    if (last !== undefined && !this.#isMuted(signal)) this.#show([watch], last);
    return {
      return: () => {
        this.#watches = this.#watches.filter((each) => each !== watch);
      },
    };
  }

  mute(signal?: SignalToken): Disposable {
    const mute = { signal };
    this.#mutes = [...this.#mutes, mute];
    return {
      [Symbol.dispose]: () => {
        this.#mutes = this.#mutes.filter((each) => each !== mute);
        this.#deliverLate();
      },
    };
  }

  receivers(signal: SignalToken, filter: Filter): Receiver[] {
    return this.#reached(signal, routesOf(filter)).map(({ member }) => member.receiver);
  }

  hasReceivers(signal: SignalToken, filter: Filter): boolean {
    return this.receivers(signal, filter).length > 0;
  }

  explain(signal: SignalToken, filter: Filter): Explained[] {
    return this.#turns(signal, routesOf(filter)).map(({ member, matches }) => {
      const standing = matches.filter((match) => this.#stands(signal, match));
      const bys = standing.filter(({ connection }) => connection.signal !== ANY).map(({ route }) => route.by);
      const because = (['unfiltered', 'sender', 'key'] as const).find((by) => bys.includes(by)) ?? 'any signal';
      return { receiver: member.receiver, matches: standing.length > 0, because };
    });
  }

  signals(): SignalToken[] {
    const signals = this.#connections.map((each) => each.signal).filter((each) => each !== ANY && !isMeta(each));
    return [...new Set(signals)];
  }

  #connectionsOf(signal: SignalToken | undefined): readonly ModelConnection[] {
    return this.#connections.filter((each) => signal === undefined || each.signal === signal);
  }

  #isMuted(signal: SignalToken): boolean {
    return this.#mutes.some((each) => each.signal === undefined || each.signal === signal);
  }

  /** Every receiver of the signal and of ANY (R8), in order, with all by which a send reaches it, if anything. */
  #turns(signal: SignalToken, named: readonly Route[]): Turn[] {
    const connections = this.#connections.filter((each) => {
      return each.signal === signal || (each.signal === ANY && !isMeta(signal));
    });
    const members = connections.map(({ member }) => member).sort((a, b) => a.rank - b.rank);
    // Who is connected to both is one receiver, at the place of the first of the two (R3).
    const receivers = members.filter((member, i) => members.findIndex((each) => isSame(each, member)) === i);
    const turns = receivers.map((receiver) => {
      const own = connections.filter(({ member }) => isSame(member, receiver));
      return { member: receiver, matches: own.flatMap((connection) => matchesOf(connection, named)) };
    });
    return turns.sort((a, b) => byOrder(a.member, b.member));
  }

  /** Whom a send that starts now is going to call. */
  #reached(signal: SignalToken, named: readonly Route[]): Turn[] {
    const turns = this.#turns(signal, named).map(({ member, matches }) => {
      return { member, matches: matches.filter((match) => this.#stands(signal, match)) };
    });
    return turns.filter(({ matches }) => matches.length > 0);
  }

  /** Neither disconnected nor muted. */
  #stands(signal: SignalToken, { connection, route }: Match): boolean {
    return connection.routes.includes(route) && !this.#isMuted(signal) && !this.#isMuted(connection.signal);
  }

  #start(signal: SignalToken, kwargs: Kwargs, options: Options): Send {
    const named = routesOf(options);
    const turns = this.#reached(signal, named);
    if (options.reverse === true) turns.reverse();
    const given = this.#declared.includes(signal) ? { ...DEFAULTS, ...kwargs } : kwargs;
    const context = this.#contextOf(signal, named);
    const send: Send = { signal, kwargs: given, context, named, turns, called: [] };
    if (this.#isMuted(signal)) return send;
    if (this.#sticky.includes(signal)) this.#lastSends.set(signal, send);
    const watching = [signal, ...(isMeta(signal) || this.#isMuted(ANY) ? [] : [ANY])].map((each) => {
      return this.#watches.filter((watch) => watch.signal === each);
    });
    this.#show(watching.flat(), send);
    return send;
  }

  /** Shows a send to those of these streams that it matches, for as long as they have not ended. */
  #show(watches: readonly Watch[], { kwargs, context, named }: Send): void {
    for (const watch of watches) {
      if (!this.#watches.includes(watch) || !watch.routes.some((route) => reaches(named, route))) continue;
      try {
        watch.where(kwargs, context);
      } catch {
        this.#watches = this.#watches.filter((each) => each !== watch); // it has failed
      }
    }
  }

  #contextOf(signal: SignalToken, named: readonly Route[]): SendContext {
    const senders = new Set(named.filter(({ by }) => by === 'sender').map(({ value }) => value));
    const keys = new Set(named.filter(({ by }) => by === 'key').map(({ value }) => value));
    const [sender] = senders;
    return { signal, manager: this as unknown as SignalManager, sender, senders, keys, abortSignal: undefined };
  }

  /** Decides, when its turn has come, whether a receiver is called, and uses up its once connections (R15). */
  #claim(send: Send, { member, matches }: Turn): boolean {
    const standing = matches.filter((match) => this.#stands(send.signal, match));
    if (standing.length === 0) return false;
    send.called.push(member);
    this.#take(standing.map(({ connection }) => connection).filter(({ once }) => once));
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

  /** While its signal is muted, the last send of a sticky signal comes later (R17). */
  #deliverOrKeep(connection: ModelConnection): void {
    if (!this.#lastSends.has(connection.signal)) return;
    if (this.#isMuted(connection.signal)) this.#late = [...this.#late, connection];
    else this.#deliverLast(connection);
  }

  #deliverLate(): void {
    const due = this.#late.filter(({ signal }) => !this.#isMuted(signal));
    this.#late = this.#late.filter((each) => !due.includes(each));
    for (const each of due) if (each.connected) this.#deliverOrKeep(each);
  }

  /** R17 */
  #deliverLast(connection: ModelConnection): void {
    const { member, signal } = connection;
    const last = this.#lastSends.get(signal);
    if (last === undefined || last.called.some((each) => isSame(each, member))) return;
    // Who is still connected by what the send has found does not connect later, and may have its turn yet.
    const found = last.turns.find((turn) => isSame(turn.member, member))?.matches ?? [];
    if (found.some((match) => match.connection.routes.includes(match.route))) return;
    if (this.#claim(last, { member, matches: matchesOf(connection, last.named) })) void this.#call(last, member);
  }

  #end(connection: ModelConnection): boolean {
    const { connected } = connection;
    this.#take([connection]);
    return connected;
  }

  /** Takes from connections what they ask for, all or some of it; one that has nothing left is disconnected. */
  #take(connections: readonly ModelConnection[], isTaken = (_route: Route): boolean => true): void {
    const losing = new Set(connections.filter((each) => each.connected));
    const taken = new Map([...losing].map((each) => [each, each.routes]));
    for (const each of losing) each.routes = each.routes.filter((route) => !isTaken(route));
    this.#connections = this.#connections.filter((each) => each.connected);
    // One report for each that has ended, with what it has lost last (R18).
    for (const [each, last] of taken) if (!each.connected) this.#report(RECEIVER_DISCONNECTED, each, last);
  }

  #report(meta: SignalToken, connection: ModelConnection, routes: readonly Route[]): void {
    const { signal, once, weak, member } = connection;
    if (isMeta(signal)) return;
    const { receiver, thisArg, uid, priority } = member;
    const [senders, keys] = (['sender', 'key'] as const).map((by) => {
      return new Set(routes.filter((route) => route.by === by).map(({ value }) => value));
    });
    const facts = { signal, receiver, thisArg, uid, senders, keys, weak, once, priority };
    this.emit(meta, { manager: this, connection, ...facts }, {});
  }
}

const NOT_WAITED_FOR = new AsyncReceiverError('receiver', 'signal');

function matchesOf(connection: ModelConnection, named: readonly Route[]): Match[] {
  return connection.routes.filter((route) => reaches(named, route)).map((route) => ({ connection, route }));
}

function isMeta(signal: SignalToken): boolean {
  return signal === RECEIVER_CONNECTED || signal === RECEIVER_DISCONNECTED;
}
