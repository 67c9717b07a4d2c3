import { captureAsyncContext } from '../internal/async-context.js';
import { handedOutController } from '../internal/abort.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { ASYNC_DISPOSE, asyncDisposeBy } from '../internal/dispose.js';
import { attachFar } from '../far/index.js';
import { FarSettling } from '../far/settling.js';
import { BridgeLog } from './wire/bridge-log.js';
import { BridgeCalls } from './nodes/calls.js';
import { closeNode } from './closing.js';
import { IncomingCalls } from './nodes/incoming-calls.js';
import { passMessages } from './nodes/incoming-messages.js';
import { type DurableParts, DurableSignal } from './durable-signal.js';
import { BridgeClosedError } from './errors.js';
import {
  checkBridge,
  checkCloseOptions,
  checkSubjects,
  maxBytesOf,
  checkReadyOptions,
  checkShareOptions,
  checkShareable,
  defaultNode,
} from './options.js';
import { Membership } from './membership.js';
import { NodeTable } from './nodes/node-table.js';
import { Publisher } from './wire/publisher.js';
import { LONGEST_HEARTBEAT_MS, Presence } from './nodes/presence.js';
import { Readiness } from './readiness.js';
import { SignalShares } from './shares.js';
import { Subjects } from './wire/subjects.js';
import type { Signal, SignalManager } from '../index.js';
import type { BridgeOptions, CloseOptions, Engine, ReadyOptions, ShareOptions } from './types.js';
import { PendingWork } from '../internal/pending-work.js';
import { randomId } from '../internal/runtime.js';

/** The longest time limit for one operation of the engine in a `close`. */
const LONGEST_PATIENCE_MS = 1_000;

/**
 * Shares signals of one manager with managers of other processes and hosts, through an existing message engine.
 *
 * Nodes match a shared signal by its name. A send of it, from any node, reaches the receivers of all nodes that share
 * it, and settles with their results. The results of the sender's node come first, then those of the other nodes, in
 * the order in which these started, each with its `node`. A node delivers sends of other nodes only to its own
 * receivers, in the async context (AsyncLocalStorage) in which the Bridge was created.
 *
 * @example
 * ```ts
 * import { Signal, SignalManager } from 'signalbox';
 * import { Bridge, memoryEngine } from 'signalbox/bridge';
 *
 * const signals = new SignalManager();
 * const stopping = new Signal<{ reason: string }>({ name: 'stopping', manager: signals });
 * const bridge = new Bridge(signals, memoryEngine(), { namespace: 'shop' });
 * await bridge.share(stopping);
 * await stopping.send({ reason: 'deploy' }); // the receivers of all nodes
 * await bridge.close();
 * ```
 */
export class Bridge implements AsyncDisposable {
  /** Closes the node at the end of an `await using`, as `close()` does. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  static {
    describedBy(this.prototype, 'Bridge', (bridge) => `Bridge of ${String(bridge.#manager)}`);
    asyncDisposeBy(this.prototype, (bridge) => bridge.close());
  }

  readonly #manager: SignalManager;
  readonly #parts: DurableParts;
  readonly #shares: SignalShares;
  readonly #membership: Membership;
  readonly #readiness: Readiness;
  readonly #end: (timeoutMs: number) => Promise<void>;
  #closing: Promise<void> | undefined;

  /**
   * Creates a node. It joins the others with its first `share`, and connects nothing before.
   *
   * @param engine - An engine over a client that you created and connected. The bridge leaves the client open.
   * @param options - `namespace` is required.
   * @throws TypeError or RangeError for bad arguments.
   */
  constructor(manager: SignalManager, engine: Engine, options: BridgeOptions) {
    checkBridge(manager, engine, options);
    const { namespace, node = defaultNode(), timeoutMs = 5_000, maxNodes = 10_000, onError } = options;
    const maxBytes = maxBytesOf(engine, options.maxBytes);
    const heartbeatMs = Math.min(options.heartbeatMs ?? 1_000, LONGEST_HEARTBEAT_MS);
    // Messages of the engine and timers are handled in the async context in which the bridge was created.
    const within = captureAsyncContext();
    const report = onError && ((error: unknown) => within(() => onError(error)));
    const log = new BridgeLog(report, node, maxNodes);
    const subjects = new Subjects(namespace);
    const self = { from: node, run: randomId() };
    const inbox = subjects.inbox(node, self.run);
    checkSubjects(engine, [subjects.presence, inbox]);
    const post = new Publisher(engine, subjects, log, self);
    const peers = new NodeTable(maxNodes);
    const calls = new BridgeCalls(log);
    const patienceMs = Math.min(heartbeatMs, LONGEST_PATIENCE_MS);
    const [underWay, emits] = [new PendingWork(), new PendingWork()];
    const opening = handedOutController();
    const presence: Presence = new Presence({
      ...{ engine, post, peers, log, heartbeatMs, patienceMs, born: Date.now() },
      states: () => shares.states,
      isShared: (name) => shares.isShared(name),
      onLost: (peer) => {
        calls.lost(peer);
        deliveries.lost(peer);
        settling.left(peer);
      },
      onChange: () => {
        readiness.review();
        for (const { attachment } of shares.byName.values()) attachment.reachChanged();
      },
      isAsking: () => readiness.isAsking,
    });
    const parts = {
      ...{ node, engine, subjects, log, within, post, peers, calls, presence, underWay, emits },
      ...{ timeoutMs, maxBytes, patienceMs },
      closing: () => this.#closing !== undefined,
      abortSignal: opening.signal,
    };
    const membership = new Membership({
      ...parts,
      subjects: [inbox, subjects.calls, subjects.presence],
      onMessage: (data) => within(() => receive(data)),
      onJoin: () => {
        within(() => presence.start());
        settling.begin();
      },
    });
    const shares: SignalShares = new SignalShares(parts, () => readiness.review());
    const readiness = new Readiness(parts, shares.byName, () => this.#ask());
    const deliveries = new IncomingCalls(parts, shares);
    const settling = new FarSettling(manager, {
      // Nodes of version 1.0 cannot answer.
      peers: () => peers.all.filter(({ minor, signals }) => minor >= 1 && signals.size > 0),
      nameOf: ({ from }) => from,
      ask: (peer, id, onward) => void post.to(peer, { type: 'settle', id, onward }),
      answer: (peer, id, sends) => void post.to(peer, { type: 'settled', id, sends }),
      sends: () => calls.made + deliveries.received,
      undone: () => peers.all.filter((peer) => peer.emits > 0 || peer.deliveries.size > 0).map(({ from }) => from),
      whenIdle: () => Promise.all([emits.whenIdle(), underWay.whenIdle()]),
    });
    const receive = passMessages({ ...parts, deliveries, settling });
    this.#manager = manager;
    this.#parts = parts;
    this.#shares = shares;
    this.#membership = membership;
    this.#readiness = readiness;
    this.#end = async (limitMs) => {
      await Promise.resolve(); // now `#closing` is set
      opening.abort(new BridgeClosedError(node));
      readiness.review();
      await closeNode({ ...parts, shares, membership, settling }, limitMs);
    };
  }

  /** The known live nodes: this one first, then the others in the order in which they started. */
  get nodes(): readonly string[] {
    Bridge.#checkThis(this);
    const { node, peers } = this.#parts;
    return [node, ...peers.all.map(({ from }) => from)];
  }

  /**
   * Shares a signal: its sends also go to the other nodes that share it, and their sends come here.
   *
   * Resolves when this node can be reached and has announced itself. To wait for other nodes, call `ready`. Signals
   * shared in one turn, with `Promise.all`, are announced in one message.
   *
   * @returns A disposable that stops sharing; disposing it again has no effect. Calls being handled are still answered,
   * and jobs finished. Calls that arrive later are answered without results.
   * @throws TypeError for bad options, for a signal that has no name, belongs to another manager or is shared already,
   * and for `durable` on an engine without it. RangeError for a name that is too long ({@link BridgeOptions}). {@link
   * BridgeClosedError} after `close`. Any error of the engine.
   *
   * @example
   * ```ts
   * import { Signal, SignalManager } from 'signalbox';
   * import { Bridge } from 'signalbox/bridge';
   * import { memoryEngine } from 'signalbox/memory';
   *
   * const signals = new SignalManager();
   * const saved = new Signal<{ id: number }>({ name: 'saved', manager: signals });
   * const bridge = new Bridge(signals, memoryEngine(), { namespace: 'shop' });
   * const sharing = await bridge.share(saved);
   * saved.emit({ id: 1 }); // reaches the other nodes, too
   * await sharing[Symbol.asyncDispose]();
   * await bridge.close();
   * ```
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` takes signals of all kwargs
  async share(signal: Signal<any, any, any>, options: ShareOptions = {}): Promise<AsyncDisposable> {
    Bridge.#checkThis(this);
    const name = checkShareable(signal, this.#manager);
    checkShareOptions(options);
    this.#checkOpen();
    const shared = this.#shares.add(name, options, (far) => attachFar(this.#manager, signal, far));
    try {
      this.#shares.checkSize();
      await this.#membership.join();
      this.#checkOpen();
      if (shared instanceof DurableSignal) await shared.start();
      this.#checkOpen();
      await this.#parts.presence.hello();
      this.#checkOpen();
    } catch (error) {
      await this.#shares.end(shared).catch((failure: unknown) => this.#parts.log.report(failure));
      throw error;
    }
    return { [ASYNC_DISPOSE]: () => this.#shares.end(shared) };
  }

  /**
   * Waits until `nodes` nodes, this one included, share all signals that this one shares.
   *
   * Later sends of this node reach the receivers that those nodes had connected before this call. Each call asks all
   * nodes for an answer, so await it once instead of polling.
   *
   * @throws {@link NotReadyError} after `timeoutMs`; {@link BridgeClosedError} after `close`.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   * import { Bridge } from 'signalbox/bridge';
   * import { memoryEngine } from 'signalbox/memory';
   *
   * const bridge = new Bridge(new SignalManager(), memoryEngine(), { namespace: 'shop' });
   * await bridge.ready({ nodes: 1, timeoutMs: 5_000 }); // more than 1 for other nodes
   * await bridge.close();
   * ```
   */
  async ready(options: ReadyOptions): Promise<void> {
    Bridge.#checkThis(this);
    await this.#readiness.of(checkReadyOptions(options));
  }

  /**
   * Closes this node. It tells the others that it accepts no new sends. It answers the calls that are on their way or
   * being handled, also for signals that it no longer shares. It waits for its own sends, including serial ones, and
   * leaves. The engine's client stays open; you may close it when this has resolved.
   *
   * Whatever is still pending after `timeoutMs` is given up, such as a node that does not answer or a receiver that is
   * still running. Pending sends of this node then get a {@link NodeLostError} for each node that has not answered. So
   * do the sends of other nodes that this node has not answered. The remaining steps take at most 5 seconds.
   *
   * A serial send that reaches its turn for other nodes only after that gets a {@link NodeLostError} for each of them.
   *
   * A durable send made meanwhile, for example by a receiver that is still running, is stored or rejected with a {@link
   * BridgeClosedError}. When this has resolved, sends of the signals are local again and are not stored.
   *
   * A `share` that waits for a server that is away is rejected. A receiver that handles a delivery must not await
   * `close`, because `close` waits for the receiver.
   *
   * A second call returns the same promise.
   *
   * @param options - `timeoutMs`.
   * @throws TypeError or RangeError for bad options. At the end, the error of the engine if it failed; an
   * AggregateError for several errors.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   * import { Bridge } from 'signalbox/bridge';
   * import { memoryEngine } from 'signalbox/memory';
   *
   * const bridge = new Bridge(new SignalManager(), memoryEngine(), { namespace: 'shop' });
   * process.once('SIGTERM', () => void bridge.close({ timeoutMs: 5_000 }));
   * ```
   */
  close(options: CloseOptions = {}): Promise<void> {
    try {
      Bridge.#checkThis(this);
      const timeoutMs = checkCloseOptions(options) ?? this.#parts.timeoutMs;
      return (this.#closing ??= this.#end(timeoutMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  static #checkThis(bridge: object): void {
    if (!(#manager in bridge)) throw proxyError('Bridge');
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new BridgeClosedError(this.#parts.node);
  }

  /**
   * Asks all other nodes for their signals, and resolves when the question is published. Nodes that start later ask
   * themselves.
   */
  async #ask(): Promise<void> {
    const { length } = await this.#membership.subscriptions();
    if (length > 0 && this.#closing === undefined) await this.#parts.presence.hello();
  }
}
