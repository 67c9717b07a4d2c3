import { captureAsyncContext } from '../internal/async-context.js';
import { checkManager } from '../internal/check.js';
import { describedBy, refuseProxies } from '../internal/printing.js';
import { asyncDisposeBy } from '../internal/async-dispose-by.js';
import { ASYNC_DISPOSE } from '../internal/dispose.js';
import { type FarAttachment, type FarReceivers, attachFar } from '../far/index.js';
import type { Signal } from '../signal.js';
import type { SignalManager } from '../manager/manager.js';
import { handedOutController } from '../internal/abort.js';
import { BridgeLog } from './wire/bridge-log.js';
import { BridgeCalls } from './nodes/calls.js';
import { defaultNode } from './node-name.js';
import { IncomingCalls } from './nodes/incoming-calls.js';
import { DurableSignal } from './durable-signal.js';
import { Malformed, type SharedState, decodeMessage } from './wire/envelope.js';
import { BridgeClosedError, PayloadError } from './errors.js';
import { Failures } from './failures.js';
import { withinTime } from '../internal/within-time.js';
import {
  checkBridgeOptions,
  checkCloseOptions,
  checkDurableNames,
  checkEngine,
  checkReadyOptions,
  checkShareOptions,
  checkShareable,
  durableOf,
} from './options.js';
import { type RemoteNode, NodeTable } from './nodes/node-table.js';
import { Publisher } from './wire/publisher.js';
import { LONGEST_HEARTBEAT_MS, Presence } from './nodes/presence.js';
import { randomId } from '../internal/random-id.js';
import { Readiness } from './nodes/readiness.js';
import { type BridgeParts, BridgeSignal } from './bridge-signal.js';
import { Subjects } from './wire/subjects.js';
import type { BridgeOptions, CloseOptions, Engine, ReadyOptions, ShareOptions } from './types.js';
import { UnderWay } from '../internal/under-way.js';

/** What the engine has for one thing of a `close`, and for all that is left when the time of that is up. */
const LONGEST_PATIENCE_MS = 1_000;
const LONGEST_END_MS = 5_000;

type Attach = (far: FarReceivers) => FarAttachment;

/**
 * Shares signals of one manager with managers of other processes and hosts, through a message engine that is there already.
 *
 * A signal is shared by its name. A send of it, from any node, reaches the receivers of all nodes that share it, and settles
 * with their results: the sender's own first, then by node in the order in which they began, each naming its `node`.
 * A node delivers what comes from elsewhere to its own receivers alone, and passes nothing on. That runs in the async context
 * (AsyncLocalStorage) in which the Bridge was made.
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
  /** {@link Bridge.close} */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  static {
    refuseProxies(this.prototype, 'Bridge', (bridge) => #manager in bridge, ['share', 'ready', 'close']);
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
  readonly #underWay = new UnderWay();
  readonly #emits = new UnderWay();
  /** The async context in which the bridge was made: what comes from the engine, and what time brings, is handled in it. */
  readonly #within = captureAsyncContext();
  readonly #maxBytes: number;
  /** What the engine has for one thing, while the bridge closes: a client whose server is away may hold it back for ever. */
  readonly #patienceMs: number;
  readonly #parts: BridgeParts;
  readonly #shared = new Map<string, BridgeSignal | DurableSignal>();
  /** Those, and what is shared no more while it still has something in hand. */
  readonly #unended = new Set<BridgeSignal | DurableSignal>();
  readonly #readiness: Readiness;
  #joined: Promise<readonly AsyncDisposable[]> | undefined;
  #closing: Promise<void> | undefined;
  /** Aborted by `close`: what the engine has not opened by then is given up. */
  readonly #opening = handedOutController();

  /**
   * @param engine - Over a client that you made and connected; the bridge leaves it open.
   * @param options - `namespace` is required.
   * @throws TypeError or RangeError for bad arguments.
   */
  constructor(manager: SignalManager, engine: Engine, options: BridgeOptions) {
    checkManager(manager);
    checkEngine(engine);
    checkBridgeOptions(options);
    const { namespace, node = defaultNode(), timeoutMs = 5_000, maxBytes = 1_048_576 } = options;
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
    this.#subjects = new Subjects(namespace);
    this.#post = new Publisher(engine, this.#subjects, this.#log, { from: node, run: randomId() });
    this.#peers = new NodeTable(maxNodes);
    this.#calls = new BridgeCalls(this.#log);
    const [post, peers, log, calls, underWay] = [this.#post, this.#peers, this.#log, this.#calls, this.#underWay];
    const callable = this.#callable.bind(this);
    const closing = (): boolean => this.#closing !== undefined;
    const emits = this.#emits;
    this.#deliveries = new IncomingCalls({ post, log, underWay, emits, maxBytes, timeoutMs, callable, closing });
    this.#presence = new Presence({
      ...{ post, peers, log, born, heartbeatMs },
      states: () => this.#states(),
      isShared: (name) => this.#closing === undefined && this.#shared.has(name),
      onLost: (peer) => this.#lost(peer),
      onChange: () => this.#readiness.review(),
      isAsking: () => this.#readiness.isAsking,
    });
    this.#parts = {
      ...{ node, post, peers, calls, underWay, timeoutMs, maxBytes },
      closing,
      review: (name) => this.#presence.review(name),
      flush: () => this.#presence.flush(),
    };
    this.#readiness = new Readiness(this.#parts, this.#shared, () => this.#ask());
  }

  /** The live nodes, as far as is known here, in the order in which they began; this one first. */
  get nodes(): readonly string[] {
    return [this.#post.sender.from, ...this.#peers.all.map(({ from }) => from)];
  }

  /**
   * Shares a signal: its sends go to the nodes that share it, too, and theirs come here.
   *
   * Resolves when this node can be reached and has said so; who else is there, `ready` can wait for. Signals that are shared
   * in one turn, by `Promise.all`, are told of in one message.
   *
   * @returns What ends it, once, however often it is disposed: what is in hand is still answered, and a job waited for.
   * @throws TypeError for a signal without a name, of another manager, or shared already, for `durable` on an engine without
   * it, and for bad options; RangeError for a name that is too long ({@link BridgeOptions}); {@link BridgeClosedError} after
   * `close`; what the engine says.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` takes signals of all kwargs
  async share(signal: Signal<any, any, any>, options: ShareOptions = {}): Promise<AsyncDisposable> {
    const name = checkShareable(signal, this.#manager);
    checkShareOptions(options);
    this.#checkOpen();
    if (this.#shared.has(name)) throw new TypeError(`Signal "${name}" is shared already`);
    const attach = (far: FarReceivers): FarAttachment => attachFar(this.#manager, signal, far);
    const shared = options.durable === true ? this.#durable(name, options, attach) : this.#live(name, options, attach);
    // Known before anything is waited for, so that two calls can't both share it.
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
   * Waits for others: asks them, and resolves when so many nodes, this one included, share all that this one shares.
   *
   * What was connected at these nodes before this call is reached by what this one sends afterwards. It takes an answer of
   * every node: to be waited for, not to be asked again and again.
   *
   * @throws {@link NotReadyError} after `timeoutMs`; {@link BridgeClosedError} after `close`.
   */
  async ready(options: ReadyOptions): Promise<void> {
    await this.#readiness.of(checkReadyOptions(options));
  }

  /**
   * Takes this node out: it tells the others that it takes no new sends, answers what is on its way to it or in hand, also of a
   * share that has been ended before, waits for what it has sent, a serial send to its last node included, and says goodbye.
   * The engine's connection stays open: it is yours, and may be closed when this has resolved.
   *
   * What has not come to its end within `timeoutMs` is given up: a node that does not answer, a receiver that is still at work.
   * Sends of this node that are still pending then have a {@link NodeLostError} for each node that has not answered, and so
   * have those of others that it has not answered. The rest takes 5 seconds more at most.
   *
   * A serial send that first gets to the other nodes when all that is done has a {@link NodeLostError} for each of them.
   *
   * What is sent durably meanwhile, by a receiver that is still at work perhaps, is stored, or refused with a
   * {@link BridgeClosedError}. When this has resolved, the signals are the manager's own again: their sends go nowhere else,
   * and are not stored.
   *
   * A `share` that waits for a server that is away is given up. A receiver must not wait for `close` in a delivery: it would
   * wait for itself.
   *
   * A second call is the same promise.
   *
   * @param options - `timeoutMs`.
   * @throws TypeError or RangeError for bad options. When all that is done, what the engine failed to do; an AggregateError if
   * that was more than one thing.
   */
  close(options: CloseOptions = {}): Promise<void> {
    try {
      const timeoutMs = checkCloseOptions(options) ?? this.#parts.timeoutMs;
      return (this.#closing ??= this.#close(timeoutMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #close(timeoutMs: number): Promise<void> {
    await Promise.resolve(); // `#closing` is set
    this.#opening.abort(new BridgeClosedError(this.#post.sender.from));
    this.#readiness.review();
    const failures = new Failures();
    const unended = [...this.#unended];
    await withinTime(this.#end(unended, timeoutMs, failures), timeoutMs + LONGEST_END_MS, () => undefined);
    // Whatever the engine has not ended.
    for (const signal of unended) signal.detach();
    this.#giveUp();
    failures.rethrow(`The engine could not end all of the bridge of node "${this.#post.sender.from}"`);
  }

  async #end(unended: readonly (BridgeSignal | DurableSignal)[], timeoutMs: number, failures: Failures): Promise<void> {
    const unshare = (durable: boolean): Promise<void> =>
      failures.each(unended, async (signal) => {
        if (signal instanceof DurableSignal === durable) await this.#unshare(signal);
      });
    // What the engine has not begun by then ends as soon as it begins.
    const subscriptions = this.#joined && withinTime(this.#joined, this.#patienceMs, () => []).catch(() => []);
    await withinTime(this.#settle(unended, subscriptions, failures), timeoutMs, () => this.#giveUp());
    if (subscriptions !== undefined) {
      // Before the goodbye: whoever has not heard it may still call, and is told that nobody hears it here.
      await unshare(false);
      await this.#presence.stop(this.#patienceMs);
      await this.#unsubscribe(await subscriptions, failures);
    }
    // Last: until now, what is sent durably is stored.
    await unshare(true);
  }

  /** Resolves when nothing is on its way to this node, nothing in hand, and nothing that it has sent unanswered. */
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
    await this.#emits.drained();
    await this.#underWay.drained();
  }

  /** A node that has not been reachable has nobody to tell. */
  async #leave(subscriptions: Promise<readonly AsyncDisposable[]> | undefined): Promise<void> {
    const reachable = ((await subscriptions) ?? []).length > 0;
    if (reachable) await this.#presence.leave(this.#patienceMs);
  }

  /** Nobody is waited for any more: neither for answers nor for a word to go on. */
  #giveUp(): void {
    for (const peer of this.#peers.all) this.#presence.lose(peer);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new BridgeClosedError(this.#post.sender.from);
  }

  /** Asks all others what they share; resolves when that is on its way. Who is not there yet asks when it comes. */
  async #ask(): Promise<void> {
    await this.#joined?.catch(() => undefined);
    if (this.#joined !== undefined && this.#closing === undefined) await this.#presence.hello();
  }

  /** The first signal that is shared makes this node one that the others know. */
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
      return subscriptions;
    } catch (error) {
      const failures = new Failures();
      await this.#unsubscribe(subscriptions, failures);
      this.#joined = undefined; // to be tried again
      for (const reason of failures.reasons) this.#log.report(reason);
      throw error;
    }
  }

  /** Ends all of them, however long the engine takes for one. */
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
      const peer = this.#peers.from(message);
      if (peer !== undefined) this.#peers.hearFrom(peer);
      this.#presence.receive(message);
      if (peer === undefined) return;
      this.#calls.receive(message, payload, peer);
      this.#deliveries.receive(message, payload, peer);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** What is told of a message names its sender only if that is known: else any number of names could be made up. */
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
    checkDurableNames(subjects, name, group);
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

  /** What the others may call. Who sends to all goes by what this node has told: so does this node. */
  #callable(name: string, toAll: boolean, peer: RemoteNode): BridgeSignal | undefined {
    const shared = this.#shared.get(name);
    const isFor = !toAll || this.#presence.getsAll(name, peer);
    return isFor && shared instanceof BridgeSignal ? shared : undefined;
  }

  #states(): ReadonlyMap<string, SharedState> {
    if (this.#closing !== undefined) return new Map();
    return new Map([...this.#shared].map(([name, shared]) => [name, shared.state]));
  }

  /** All that is shared must fit into one message. */
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
  }

  /** However often that is asked for, it is done once. */
  async #unshare(shared: BridgeSignal | DurableSignal): Promise<void> {
    const [name] = shared.state;
    if (this.#shared.get(name) === shared) {
      this.#shared.delete(name);
      this.#peers.drop(name);
      this.#presence.review(name);
    }
    try {
      // Sends go nowhere else from now on: somebody may share the signal anew while what is in hand goes on.
      await shared.end();
    } finally {
      this.#unended.delete(shared);
      this.#presence.flush();
      this.#readiness.review();
    }
  }
}
