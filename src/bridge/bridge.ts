import { captureAsyncContext } from '../internal/async-context.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { ASYNC_DISPOSE, asyncDisposeBy } from '../internal/dispose.js';
import { type FarAttachment, type FarReceivers, attachFar } from '../far/index.js';
import { FarSettling } from '../far/settling.js';
import { handedOutController } from '../internal/abort.js';
import { BridgeLog } from './wire/bridge-log.js';
import { BridgeCalls } from './nodes/calls.js';
import { defaultNode } from './node-name.js';
import { IncomingCalls } from './nodes/incoming-calls.js';
import { DurableSignal } from './durable-signal.js';
import { Malformed, type Message, type SharedState, decodeMessage } from './wire/envelope.js';
import { BridgeClosedError, PayloadError } from './errors.js';
import { Failures } from './failures.js';
import {
  checkBridgeOptions,
  checkCloseOptions,
  checkDurableNames,
  checkEngine,
  checkSubjects,
  maxBytesOf,
  checkReadyOptions,
  checkShareOptions,
  checkShareable,
  durableOf,
} from './options.js';
import { type RemoteNode, NodeTable } from './nodes/node-table.js';
import { Publisher } from './wire/publisher.js';
import { LONGEST_HEARTBEAT_MS, Presence } from './nodes/presence.js';
import { Readiness } from './nodes/readiness.js';
import { type BridgeParts, BridgeSignal } from './bridge-signal.js';
import { Subjects } from './wire/subjects.js';
import type { Signal, SignalManager } from '../index.js';
import type { BridgeOptions, CloseOptions, Engine, ReadyOptions, ShareOptions } from './types.js';
import { PendingWork } from '../internal/pending-work.js';
import { checkManager } from '../signals/check-signal.js';
import { withinTime } from '../internal/timer.js';
import { randomId } from '../internal/host.js';

/**
 * The time limits for the engine in a `close`: for a single operation, and for all operations that remain after
 * `timeoutMs`.
 */
const LONGEST_PATIENCE_MS = 1_000;
const LONGEST_END_MS = 5_000;

/** The number of signals that are remembered after their shares have ended. */
const MOST_FORMER = 1_000;

type Attach = (far: FarReceivers) => FarAttachment;

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
  readonly #engine: Engine;
  readonly #log: BridgeLog;
  readonly #post: Publisher;
  readonly #subjects: Subjects;
  readonly #peers: NodeTable;
  readonly #presence: Presence;
  readonly #calls: BridgeCalls;
  readonly #deliveries: IncomingCalls;
  readonly #underWay = new PendingWork();
  readonly #emits = new PendingWork();
  /** The async context in which the bridge was created. Messages of the engine and timers are handled in it. */
  readonly #within = captureAsyncContext();
  readonly #maxBytes: number;
  /** The time limit for one operation of the engine during `close`. A client whose server is away may never settle. */
  readonly #patienceMs: number;
  readonly #parts: BridgeParts;
  readonly #shared = new Map<string, BridgeSignal | DurableSignal>();
  /** The shared signals, and those no longer shared that still have pending work. */
  readonly #unended = new Set<BridgeSignal | DurableSignal>();
  /** The names of signals that this node has shared, the last one ended last. */
  readonly #former = new Set<string>();
  readonly #readiness: Readiness;
  readonly #settling: FarSettling<RemoteNode>;
  #joined: Promise<readonly AsyncDisposable[]> | undefined;
  #closing: Promise<void> | undefined;
  /** Aborted by `close`, to give up what the engine has not opened by then. */
  readonly #opening = handedOutController();

  /**
   * Creates a node. It joins the others with its first `share` or `ready`, and connects nothing before.
   *
   * @param engine - An engine over a client that you created and connected. The bridge leaves the client open.
   * @param options - `namespace` is required.
   * @throws TypeError or RangeError for bad arguments.
   */
  constructor(manager: SignalManager, engine: Engine, options: BridgeOptions) {
    checkManager(manager);
    checkEngine(engine);
    checkBridgeOptions(options);
    const { namespace, node = defaultNode(), timeoutMs = 5_000 } = options;
    const maxBytes = maxBytesOf(engine, options.maxBytes);
    const { maxNodes = 10_000 } = options;
    const heartbeatMs = Math.min(options.heartbeatMs ?? 1_000, LONGEST_HEARTBEAT_MS);
    const born = Date.now();
    this.#manager = manager;
    this.#engine = engine;
    this.#maxBytes = maxBytes;
    this.#patienceMs = Math.min(heartbeatMs, LONGEST_PATIENCE_MS);
    const { onError } = options;
    const report = onError && ((error: unknown) => this.#within(() => onError(error)));
    this.#log = new BridgeLog(report, node, maxNodes);
    const run = randomId();
    this.#subjects = new Subjects(namespace);
    checkSubjects(engine, [this.#subjects.presence, this.#subjects.inbox(node, run)]);
    this.#post = new Publisher(engine, this.#subjects, this.#log, { from: node, run });
    this.#peers = new NodeTable(maxNodes);
    this.#calls = new BridgeCalls(this.#log);
    const [post, peers, log, calls, underWay] = [this.#post, this.#peers, this.#log, this.#calls, this.#underWay];
    const callable = this.#callable.bind(this);
    const closing = (): boolean => this.#closing !== undefined;
    const emits = this.#emits;
    const wasShared = (name: string): boolean => closing() || this.#former.has(name);
    this.#deliveries = new IncomingCalls({ post, log, underWay, emits, maxBytes, timeoutMs, callable, wasShared });
    this.#presence = new Presence({
      ...{ post, peers, log, born, heartbeatMs },
      states: () => this.#states(),
      isShared: (name) => this.#closing === undefined && this.#shared.has(name),
      onLost: (peer) => this.#lost(peer),
      onChange: () => {
        this.#readiness.review();
        for (const { attachment } of this.#shared.values()) attachment.reachChanged();
      },
      isAsking: () => this.#readiness.isAsking,
    });
    this.#parts = {
      ...{ node, post, peers, calls, underWay, timeoutMs, maxBytes },
      closing,
      review: (name) => this.#presence.review(name),
      flush: () => this.#presence.flush(),
    };
    this.#readiness = new Readiness(this.#parts, this.#shared, () => this.#ask());
    this.#settling = new FarSettling(manager, {
      // Nodes of version 1.0 cannot answer.
      peers: () => peers.all.filter(({ minor, signals }) => minor >= 1 && signals.size > 0),
      nameOf: ({ from }) => from,
      ask: (peer, id, onward) => void this.#post.to(peer, { type: 'settle', id, onward }),
      answer: (peer, id, sends) => void this.#post.to(peer, { type: 'settled', id, sends }),
      sends: () => calls.made + this.#deliveries.received,
      undone: () => peers.all.filter((peer) => peer.emits > 0 || peer.deliveries.size > 0).map(({ from }) => from),
      whenIdle: () => Promise.all([emits.whenIdle(), underWay.whenIdle()]),
    });
  }

  /** The known live nodes: this one first, then the others in the order in which they started. */
  get nodes(): readonly string[] {
    Bridge.#checkThis(this);
    return [this.#post.sender.from, ...this.#peers.all.map(({ from }) => from)];
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
    if (this.#shared.has(name)) throw new TypeError(`Signal "${name}" is shared already`);
    const attach = (far: FarReceivers): FarAttachment => attachFar(this.#manager, signal, far);
    const shared = options.durable === true ? this.#durable(name, options, attach) : this.#live(name, options, attach);
    // Stored before the first `await`, so that two calls cannot both share it.
    this.#shared.set(name, shared);
    this.#unended.add(shared);
    try {
      this.#checkStates();
      await this.#join();
      this.#checkOpen();
      if (shared instanceof DurableSignal) await shared.start();
      this.#checkOpen();
      await this.#presence.hello();
      this.#checkOpen();
    } catch (error) {
      await this.#unshare(shared).catch((failure: unknown) => this.#log.report(failure));
      throw error;
    }
    return { [ASYNC_DISPOSE]: () => this.#unshare(shared) };
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
      return (this.#closing ??= this.#close(timeoutMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  static #checkThis(bridge: object): void {
    if (!(#manager in bridge)) throw proxyError('Bridge');
  }

  async #close(timeoutMs: number): Promise<void> {
    await Promise.resolve(); // now `#closing` is set
    this.#opening.abort(new BridgeClosedError(this.#post.sender.from));
    this.#readiness.review();
    const failures = new Failures();
    const unended = [...this.#unended];
    await withinTime(this.#end(unended, timeoutMs, failures), timeoutMs + LONGEST_END_MS, () => undefined);
    // Also detaches the signals that the engine has not ended.
    for (const signal of unended) signal.detach();
    this.#settling.close();
    this.#giveUp();
    failures.rethrow(`The engine could not end all of the bridge of node "${this.#post.sender.from}"`);
  }

  async #end(unended: readonly (BridgeSignal | DurableSignal)[], timeoutMs: number, failures: Failures): Promise<void> {
    const unshare = (durable: boolean): Promise<void> =>
      failures.each(unended, async (signal) => {
        if (signal instanceof DurableSignal === durable) await this.#unshare(signal);
      });
    // A subscription that is in force only later is ended then.
    const subscriptions = this.#joined && withinTime(this.#joined, this.#patienceMs, () => []).catch(() => []);
    await withinTime(this.#settle(unended, subscriptions, failures), timeoutMs, () => this.#giveUp());
    if (subscriptions !== undefined) {
      // Before the `bye`: nodes that have not received it may still call, and get an answer without results.
      await unshare(false);
      this.#settling.close();
      await this.#presence.stop(this.#patienceMs);
      await this.#unsubscribe(await subscriptions, failures);
    }
    // Last, so that durable sends are stored until now.
    await unshare(true);
  }

  /** Resolves when no call to this node is on its way or pending, and all its own sends are answered. */
  async #settle(
    unended: readonly (BridgeSignal | DurableSignal)[],
    subscriptions: Promise<readonly AsyncDisposable[]> | undefined,
    failures: Failures,
  ): Promise<void> {
    const leaving = this.#leave(subscriptions);
    await failures.each(unended, async (signal) => {
      if (signal instanceof DurableSignal) await signal.stop();
    });
    await leaving;
    await this.#emits.whenIdle();
    await this.#underWay.whenIdle();
  }

  /** Announces that this node accepts no new sends. A node does so only if it was reachable. */
  async #leave(subscriptions: Promise<readonly AsyncDisposable[]> | undefined): Promise<void> {
    const reachable = ((await subscriptions) ?? []).length > 0;
    if (reachable) await this.#presence.leave(this.#patienceMs);
  }

  /** Stops waiting for all other nodes, for their answers and for their `go`. */
  #giveUp(): void {
    for (const peer of this.#peers.all) this.#presence.lose(peer);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new BridgeClosedError(this.#post.sender.from);
  }

  /**
   * Asks all other nodes for their signals, and resolves when the question is published. Nodes that start later ask
   * themselves.
   */
  async #ask(): Promise<void> {
    await this.#joined?.catch(() => undefined);
    if (this.#joined !== undefined && this.#closing === undefined) await this.#presence.hello();
  }

  /** Subscribes and announces this node, once, with its first shared signal. */
  #join(): Promise<readonly AsyncDisposable[]> {
    return (this.#joined ??= this.#subscribe());
  }

  async #subscribe(): Promise<readonly AsyncDisposable[]> {
    const { from, run } = this.#post.sender;
    const onMessage = (data: Uint8Array): void => this.#within(() => this.#receive(data));
    const subscriptions: AsyncDisposable[] = [];
    const abortSignal = this.#opening.signal;
    const onError = (error: unknown): void => this.#log.report(error);
    try {
      const { calls, presence } = this.#subjects;
      for (const subject of [this.#subjects.inbox(from, run), calls, presence]) {
        subscriptions.push(await this.#engine.subscribe(subject, onMessage, { abortSignal, onError }));
        this.#checkOpen();
      }
      this.#within(() => this.#presence.start());
      this.#settling.begin();
      return subscriptions;
    } catch (error) {
      const failures = new Failures();
      await this.#unsubscribe(subscriptions, failures);
      this.#joined = undefined; // so that the next `share` tries again
      for (const reason of failures.reasons) this.#log.report(reason);
      throw error;
    }
  }

  /** Ends all subscriptions, each within a time limit. */
  #unsubscribe(subscriptions: readonly AsyncDisposable[], failures: Failures): Promise<void> {
    return failures.each(subscriptions, (each) => withinTime(each[ASYNC_DISPOSE](), this.#patienceMs, () => undefined));
  }

  #receive(data: Uint8Array): void {
    try {
      const decoded = decodeMessage(data, this.#maxBytes);
      if (decoded === undefined) return;
      const { message, payload } = decoded;
      const { from, run } = this.#post.sender;
      if (message.from === from) {
        if (message.run !== run && message.type !== 'bye')
          this.#log.badInput('another node has the name of this one', this.#log.self);
        return;
      }
      this.#presence.receive(message);
      const peer = this.#peers.from(message);
      if (peer === undefined) {
        // Not of a call to all: its sender need not have heard of this node.
        if (message.type === 'call' && message.toAll !== true && this.#closing === undefined)
          this.#log.badInput('a call without a `hello` before it', undefined);
        return;
      }
      this.#calls.receive(message, payload, peer);
      this.#deliveries.receive(message, payload, peer);
      this.#takeSettling(message, peer);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #takeSettling(message: Message, peer: RemoteNode): void {
    if (message.type === 'settle') this.#settling.asked(peer, message.id, message.onward);
    else if (message.type === 'settled' && !this.#settling.answered(peer, message.id, message.sends)) {
      this.#log.badInput('an answer to a `settle` that was never sent', peer);
    }
  }

  /** Reports bad input. Names the sender only if it is a known node, because names can be invented. */
  #refuse(error: unknown): void {
    if (!(error instanceof Malformed)) this.#log.report(error);
    else this.#log.badInput(error.kind, error.from && this.#peers.from(error.from));
  }

  #live(name: string, { group, schema }: ShareOptions, attach: Attach): BridgeSignal {
    return new BridgeSignal(this.#parts, { name, group, schema, attach });
  }

  #durable(name: string, { group, schema, maxAttempts = 10 }: ShareOptions, attach: Attach): DurableSignal {
    const { name: engineName } = this.#engine;
    const engine = durableOf(this.#engine, group);
    const [subjects, log, within, abortSignal] = [this.#subjects, this.#log, this.#within, this.#opening.signal];
    checkDurableNames(this.#engine, subjects, name, group);
    const durable = {
      name,
      group,
      schema,
      maxAttempts,
      engine,
      engineName,
      subjects,
      log,
      within,
      attach,
      abortSignal,
    };
    return new DurableSignal(this.#parts, durable);
  }

  /**
   * Returns the signal for a call of another node. A broadcast reaches this node by its last announcement, so the same
   * state decides here.
   */
  #callable(name: string, toAll: boolean, peer: RemoteNode): BridgeSignal | undefined {
    const shared = this.#shared.get(name);
    const isFor = !toAll || this.#presence.getsAll(name, peer);
    return isFor && shared instanceof BridgeSignal ? shared : undefined;
  }

  #states(): ReadonlyMap<string, SharedState> {
    if (this.#closing !== undefined) return new Map();
    return new Map([...this.#shared].map(([name, shared]) => [name, shared.state]));
  }

  /** Throws if the names of all shared signals do not fit into one message. */
  #checkStates(): void {
    const signals = [...this.#states().values()];
    const max = Number.MAX_SAFE_INTEGER;
    const bytes = this.#post.encode({ type: 'hello', born: max, everyMs: max, revision: max, signals }).byteLength;
    if (bytes > this.#maxBytes)
      throw new PayloadError(`The names of the shared signals take ${bytes} bytes, more than \`maxBytes\``);
  }

  #lost(peer: RemoteNode): void {
    this.#calls.lost(peer);
    this.#deliveries.lost(peer);
    this.#settling.left(peer);
  }

  /** Stops sharing a signal. A second call does nothing more. */
  async #unshare(shared: BridgeSignal | DurableSignal): Promise<void> {
    const [name] = shared.state;
    if (this.#shared.get(name) === shared) {
      this.#shared.delete(name);
      this.#rememberFormer(name);
      this.#peers.drop(name);
      this.#presence.review(name);
    }
    try {
      // Sends are local from now on. The signal may be shared again while pending work continues.
      await shared.end();
    } finally {
      this.#unended.delete(shared);
      this.#presence.flush();
      this.#readiness.review();
    }
  }

  /** Calls of other nodes may be on their way for as long as they have not heard of the end. */
  #rememberFormer(name: string): void {
    this.#former.delete(name);
    this.#former.add(name);
    const [oldest = name] = this.#former;
    if (this.#former.size > MOST_FORMER) this.#former.delete(oldest);
  }
}
