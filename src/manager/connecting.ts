import { checkFunction } from '../internal/check.js';
import { ConnectionHandle, ConnectionToSeveral } from './connection.js';
import { holdReceiver } from './connection-receiver.js';
import { decoratorFor } from './decorator.js';
import { deliverKept } from './late-deliveries.js';
import type { ConnectionReports } from './meta-reports.js';
import { type ConnectRequest, connectRequest, plainRequest } from '../receivers/connect-request.js';
import type { ManagerFarHost } from '../send/manager-far-host.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import { checkSignal, listedSignalsOf } from '../signals/check-signal.js';
import { type ParsedFilter, namedFilterOf, onlySenderAndKey } from '../signals/filter.js';
import type { ConnectOptions, SignalToken } from '../contract/options.js';
import type { Connection, Receiver, ReceiverDecorator } from '../contract/signals.js';

/** Connects receivers to one signal or to several. */
export class Connecting {
  readonly #signals: SignalTable;
  readonly #reports: ConnectionReports;
  readonly #far: ManagerFarHost;

  constructor(signals: SignalTable, reports: ConnectionReports, far: ManagerFarHost) {
    this.#signals = signals;
    this.#reports = reports;
    this.#far = far;
  }

  connect(receiver: Receiver, signal: SignalToken, options: ConnectOptions | undefined): Connection {
    // In a method of its own, because functions that make closures are slower.
    if (this.#far.attended) return this.#connectAttended(receiver, signal, options);
    return this.#connectOneOrAll(receiver, signal, options);
  }

  connectVia(signal: SignalToken, options: ConnectOptions | undefined): ReceiverDecorator {
    this.#signals.checkOpen();
    const signals = listedSignalsOf(signal);
    const request = connectRequest(() => undefined, options);
    return decoratorFor((receiver, thisArg = request.thisArg) => {
      this.#far.connecting(() => this.#connectToAll(signals, { ...request, receiver, thisArg }));
    });
  }

  #connectAttended(receiver: Receiver, signal: SignalToken, options: ConnectOptions | undefined): Connection {
    return this.#far.connecting(() => this.#connectOneOrAll(receiver, signal, options));
  }

  #connectOneOrAll(receiver: Receiver, signal: SignalToken, options: ConnectOptions | undefined): Connection {
    if (Array.isArray(signal)) return this.#connectToAll(listedSignalsOf(signal), connectRequest(receiver, options));
    checkSignal(signal);
    checkFunction(receiver, 'receiver');
    if (options === undefined) return this.#connectFunction(signal, receiver, undefined);
    if (onlySenderAndKey(options)) return this.#connectFunction(signal, receiver, namedFilterOf(options));
    return this.#connect(signal, connectRequest(receiver, options));
  }

  /** Connects a function, maybe by a sender or a key. Most connections need no request. */
  #connectFunction(signal: SignalToken, receiver: Receiver, routing: ParsedFilter | undefined): Connection {
    this.#signals.checkOpen(); // now, because accessors of the options may have closed the manager
    const state = this.#signals.ensure(signal);
    const link = state.table.connectPlain(receiver, routing, this.#signals.nextRank++);
    if (link === undefined) return this.#connect(signal, plainRequest(receiver, routing));
    const handle = new ConnectionHandle(state, link);
    this.#reports.connected(state, handle);
    return handle; // without a kept send, because receivers of sticky signals have no plain links
  }

  /** Does the same for each of several signals, until a receiver that is called by that ends all of it. */
  #connectToAll(signals: readonly SignalToken[], request: ConnectRequest): Connection {
    this.#signals.checkOpen(); // now, because iterators of the options may have closed the manager, too
    const connection = unconnected(signals, request);
    const { once, abortSignal } = request;
    const each = once ? { ...request, tied: true } : request;
    for (const signal of signals) {
      if (connection.over || abortSignal?.aborted === true) break;
      const state = this.#signals.ensure(signal);
      const part = connection.add(state, state.table.connect(each, this.#signals.nextRank++));
      if (once) part.tie();
      this.#begin(state, part, abortSignal);
    }
    return connection;
  }

  #connect(signal: SignalToken, request: ConnectRequest): Connection {
    this.#signals.checkOpen(); // now, as above
    const { abortSignal } = request;
    if (abortSignal?.aborted === true) return unconnected([signal], request);
    const state = this.#signals.ensure(signal);
    const handle = new ConnectionHandle(state, state.table.connect(request, this.#signals.nextRank++));
    this.#begin(state, handle, abortSignal);
    return handle;
  }

  #begin(state: SignalState, handle: ConnectionHandle, abortSignal: AbortSignal | undefined): void {
    if (abortSignal !== undefined) handle.endWith(abortSignal);
    this.#reports.connected(state, handle);
    if (state.last !== undefined) deliverKept(this.#signals, state, state.last, handle);
  }
}

function unconnected(
  signals: readonly SignalToken[],
  { receiver, thisArg, weak }: ConnectRequest,
): ConnectionToSeveral {
  return new ConnectionToSeveral(signals, holdReceiver(receiver, thisArg ?? receiver, weak));
}
