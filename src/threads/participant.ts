import { captureAsyncContext } from '../internal/async-context.js';
import { checkName, argumentError } from '../internal/check.js';
import { ASYNC_DISPOSE } from '../internal/dispose.js';
import type { FarCall, FarSend } from '../far/index.js';
import { decodeReason } from '../far/decode-reason.js';
import { encodeReason } from '../far/encode-reason.js';
import { FarSettling, type SettlingTransport } from '../far/settling.js';
import type { SignalManager } from '../index.js';
import { definitionOf } from '../signals/tokens.js';
import { isObject } from '../internal/weak-key-map.js';
import { ThreadRequests } from './calls.js';
import { IncomingSends } from './incoming-sends.js';
import { ThreadsClosedError } from './errors.js';
import type { PeerCard, RoutedMessage } from './messages.js';
import { type ThreadSettings, moduleSpecifier, remoteOptions } from './options.js';
import type { OutboxOwner } from './emit-outbox.js';
import { ThreadEmit } from './thread-emit.js';
import { ThreadsFanOut } from './threads-fan-out.js';
import { RemoteConnections, ask } from './remote-connections.js';
import { type RemoteThread, Roster } from './roster.js';
import type { OwnThread, Routes } from './own-thread.js';
import { type ThreadShare, Shares } from './shares.js';
import type { RemoteConnectOptions, AnySignal } from './types.js';

/** A thread that shares signals with others: the common part of a hub and a link. */
export class Participant implements OutboxOwner, OwnThread {
  readonly manager: SignalManager;
  readonly timeoutMs: number;
  readonly maxQueued: number;
  readonly roster = new Roster();
  readonly shares: Shares;
  readonly calls: ThreadRequests;
  readonly deliveries = new IncomingSends(this);
  readonly connections = new RemoteConnections(this);
  readonly #settling: FarSettling<RemoteThread>;
  sends = 0;
  /** Messages of other threads are handled in the async context in which this was created. */
  readonly within = captureAsyncContext();
  readonly #routes: Routes;
  readonly #attends: boolean;
  #kept: boolean;
  closed = false;
  id: number;
  name: string;

  /** @param attends - Whether receivers, waits and streams of shared signals keep this thread alive. */
  constructor(settings: ThreadSettings, routes: Routes, id: number, name: string, attends: boolean) {
    this.manager = settings.manager;
    this.timeoutMs = settings.timeoutMs;
    this.maxQueued = settings.maxQueued;
    this.#routes = routes;
    this.#attends = attends;
    this.id = id;
    this.name = name;
    const judge = (): void => this.#judge();
    this.calls = new ThreadRequests(judge);
    this.#settling = new FarSettling(settings.manager, this.#settlingTransport(), judge);
    const changed = (signal: string): void => {
      const to = this.roster.followers(signal);
      if (to.length > 0) this.post({ type: 'heard', to, from: this.id, signal });
      judge();
    };
    this.shares = new Shares(settings.manager, settings.signals, (signal) => this.#far(signal), changed);
    this.#kept = this.#attended;
    this.#settling.begin();
  }

  /** Whether the lines keep this thread alive, because it waits for sends or answers. */
  get kept(): boolean {
    return this.#kept;
  }

  get card(): PeerCard {
    return { id: this.id, name: this.name, signals: this.shares.names, levels: this.shares.levels };
  }

  get threads(): readonly string[] {
    this.#routes.catchUp();
    return this.roster.peers.map((peer) => peer.name);
  }

  post(message: RoutedMessage): void {
    this.#routes.post(message);
  }

  /** Handles a message for this thread. One from a thread that has left is dropped. */
  take(message: RoutedMessage): void {
    this.#routes.catchUp();
    const peer = this.roster.get(message.from);
    if (peer === undefined) return;
    switch (message.type) {
      case 'send':
        void this.deliveries.takeSend(message);
        break;
      case 'abort':
        this.deliveries.abort(message);
        break;
      case 'go-on':
        this.deliveries.goOn(message);
        break;
      case 'connect':
        void this.connections.connect(message);
        break;
      case 'disconnect':
        void this.connections.disconnect(message);
        break;
      case 'heard':
        this.shares.get(message.signal)?.attachment.reachChanged();
        break;
      case 'settle':
        this.#settling.asked(peer, message.id, message.onward);
        break;
      case 'settled':
        this.#settling.answered(peer, message.id, message.sends);
        break;
      case 'lost':
        this.shares.get(message.signal)?.attachment.report(decodeReason(message.reason), message.place);
        break;
      default:
        this.calls.take(peer, message);
    }
  }

  /** Removes threads that have left together, then settles the requests to them, so that none of them is asked again. */
  left(ids: readonly number[]): void {
    const peers = ids.flatMap((id) => this.roster.remove(id) ?? []);
    for (const peer of peers) {
      this.calls.left(peer);
      this.#settling.left(peer);
      this.deliveries.left(peer.id);
      this.connections.left(peer.id);
    }
    if (peers.length > 0) this.shares.reachChanged();
  }

  /** Adds threads that have joined. */
  joined(...cards: readonly PeerCard[]): void {
    for (const card of cards) this.roster.add(card);
    this.shares.reachChanged();
  }

  /** @returns False if it was closed already. */
  close(): boolean {
    if (this.closed) return false;
    this.closed = true;
    this.left(this.roster.peers.map(({ id }) => id));
    this.shares.detach();
    this.#settling.close();
    return true;
  }

  checkOpen(): void {
    if (this.closed) throw new ThreadsClosedError(this.name);
  }

  hold(signal: string, from: number, thread: string): () => void {
    const share = from === this.id ? this.shares.get(signal) : undefined;
    return share?.attachment.hold(`(emits for thread ${thread})`) ?? (() => undefined);
  }

  /** Reports lost emits in the thread that sent them. */
  lost(error: unknown, signal: string, from: number, thread: string): void {
    if (from === this.id) this.shares.get(signal)?.attachment.report(error, thread);
    else this.post({ type: 'lost', to: [from], from: this.id, signal, place: thread, reason: encodeReason(error) });
  }

  async connectOn(
    thread: string,
    module: string | URL,
    exportName: string,
    signal: AnySignal,
    options: RemoteConnectOptions | undefined,
  ): Promise<AsyncDisposable> {
    this.checkOpen();
    const known = this.threads.join(', ') || 'none is there';
    const peer = this.roster.named(thread);
    if (peer === undefined) {
      throw argumentError('thread', `the name of another joined thread (${known})`, thread);
    }
    checkName(exportName, 'exportName');
    const name = this.#nameOf(signal);
    const encoded = remoteOptions(options);
    const request = {
      type: 'connect',
      signal: name,
      module: moduleSpecifier(module),
      exportName,
      options: encoded,
    } as const;
    const connect = await ask(this, peer, request, exportName);
    let disposed: Promise<void> | undefined;
    const dispose = async (): Promise<void> => {
      if (this.roster.get(peer.id) === peer) await ask(this, peer, { type: 'disconnect', connect }, exportName);
    };
    return { [ASYNC_DISPOSE]: () => (disposed ??= dispose()) };
  }

  #nameOf(signal: unknown): string {
    const name = isObject(signal) ? definitionOf(signal)?.name : undefined;
    const share = name === undefined ? undefined : this.shares.get(name);
    if (name === undefined || share?.signal !== signal)
      throw argumentError('signal', 'one of the shared signals', signal);
    return name;
  }

  #far(name: string): { reach(filtered: boolean): readonly string[]; prepare(send: FarSend): FarCall | undefined } {
    return {
      reach: (filtered) => this.#reach(name, filtered).map((peer) => peer.name),
      prepare: (send) => {
        const targets = this.#reach(name, send.senders.length > 0 || send.keys.length > 0);
        if (targets.length === 0) return undefined;
        this.sends += 1;
        if (send.kind === 'emit') {
          const to = targets.map((peer) => peer.id);
          return new ThreadEmit(this.#routes, name, this.id, to, send);
        }
        return new ThreadsFanOut(this, name, this.shares.get(name) as ThreadShare, send, targets);
      },
    };
  }

  #settlingTransport(): SettlingTransport<RemoteThread> {
    return {
      peers: () => {
        this.#routes.catchUp();
        return this.roster.sharing(this.shares.names);
      },
      nameOf: ({ name }) => name,
      ask: ({ id: to }, id, onward) => this.post({ type: 'settle', to: [to], from: this.id, id, onward }),
      answer: ({ id: to }, id, sends) => this.post({ type: 'settled', to: [to], from: this.id, id, sends }),
      sends: () => this.sends,
      undone: () => [],
      whenIdle: () => Promise.resolve(), // the receivers of other threads' sends are pending in the manager
    };
  }

  #reach(signal: string, filtered: boolean): readonly RemoteThread[] {
    this.#routes.catchUp();
    return this.roster.reach(signal, filtered);
  }

  get #attended(): boolean {
    return this.#attends && this.shares.attended;
  }

  #judge(): void {
    const kept = this.#attended || this.calls.pending || this.#settling.isAsking;
    if (kept === this.#kept) return;
    this.#kept = kept;
    this.#routes.keep(kept);
  }
}
