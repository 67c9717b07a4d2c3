import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DurableEngineOptions } from 'signalbox/nats';
import { root } from './package.js';

const FIXTURE = path.join(root, '__tests__/bridge/fixtures/node.mjs');

/** What `node.mjs` tells of a result. */
export interface ToldError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly issues?: readonly unknown[];
}
export interface ToldResult {
  readonly node?: string;
  readonly status: string;
  readonly value?: unknown;
  readonly reason?: ToldError;
}
export interface Seen {
  readonly n?: unknown;
  readonly delivery?: { readonly id: string; readonly attempt: number };
  readonly keys: readonly unknown[];
  readonly senders: readonly string[];
}

/** A process or a thread, and the answers that it owes. */
class Host {
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<unknown>;
  readonly #owed = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  readonly #process: ChildProcess | undefined;
  readonly #worker: Worker | undefined;
  #nextId = 0;

  constructor(kind: string) {
    if (kind === 'broadcast') this.#worker = new Worker(FIXTURE);
    else this.#process = fork(FIXTURE, { serialization: 'advanced', execArgv: [] });
    const place = (this.#worker ?? this.#process) as NodeJS.EventEmitter;
    place.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: ToldError }) => {
      const owed = this.#owed.get(id);
      this.#owed.delete(id);
      if (error === undefined) owed?.resolve(value);
      else owed?.reject(Object.assign(new Error(error.message), error));
    });
    this.ended = new Promise((resolve) => place.on('exit', resolve));
  }

  ask(node: string, op: string, args: unknown): Promise<unknown> {
    const id = (this.#nextId += 1);
    const message = { id, node, op, args };
    const answer = new Promise((resolve, reject) => {
      this.#owed.set(id, { resolve, reject });
    });
    // A process that is killed cannot be written to, shortly before its exit is known. Then `ended` answers.
    if (this.#worker === undefined) this.#process?.send(message, () => undefined);
    else this.#worker.postMessage(message);
    const noAnswer = this.ended.then(() => Promise.reject(new Error('The host has ended')));
    return Promise.race([answer, noAnswer]);
  }

  async kill(): Promise<void> {
    await this.#worker?.terminate();
    this.#process?.kill('SIGKILL');
    await this.ended;
  }
}

/** A node somewhere else, told what to do by messages. */
export class RemoteNode {
  readonly name: string;
  readonly #host: Host;
  readonly #ownHost: boolean;

  constructor(name: string, host: Host, ownHost: boolean) {
    this.name = name;
    this.#host = host;
    this.#ownHost = ownHost;
  }

  /** Resolves when its process has ended. */
  get ended(): Promise<unknown> {
    return this.#host.ended;
  }

  async ask(op: string, args: object = {}): Promise<unknown> {
    return this.#host.ask(this.name, op, args);
  }

  async send(signal: string, kwargs: object, options?: object, verb = 'send'): Promise<readonly ToldResult[]> {
    return (await this.ask('send', { signal, kwargs, options, verb })) as readonly ToldResult[];
  }

  async seenAtLeast(count: number): Promise<readonly Seen[]> {
    return (await this.ask('seenAtLeast', { count })) as readonly Seen[];
  }

  async known(): Promise<{
    readonly errors: readonly ToldError[];
    readonly seen: readonly Seen[];
    readonly nodes: readonly string[];
  }> {
    return (await this.ask('known')) as Awaited<ReturnType<RemoteNode['known']>>;
  }

  /** As a crash: no goodbye. A node that shares its process with others is cut off instead. */
  async kill(): Promise<void> {
    if (this.#ownHost) await this.#host.kill();
    else await this.ask('cut', { cut: true });
  }
}

/** Nodes over one engine, each in a process (memory: in one; broadcast: threads) of its own. */
export class Cluster {
  readonly #kind: string;
  readonly #serverPort: () => number;
  readonly #hosts = new Set<Host>();
  #shared: Host | undefined;
  #namespaces = 0;
  namespace = '';

  constructor(kind: string, serverPort: () => number) {
    this.#kind = kind;
    this.#serverPort = serverPort;
  }

  /** From now on nodes talk in a namespace of their own. */
  fresh(): void {
    this.#namespaces += 1;
    this.namespace = `suite ${this.#namespaces}`;
  }

  /** A node that shares signal `x`, unless said otherwise, and has one receiver of it. */
  async node(
    name: string,
    { share = {}, receiver = 'answers', filter, serverPort, engineOptions, ...options }: NodeOptions = {},
  ): Promise<RemoteNode> {
    const node = await this.bare(name, options, serverPort, engineOptions);
    if (receiver !== 'none') await node.ask('connect', { signal: 'x', receiver, filter });
    await node.ask('share', { signal: 'x', options: share });
    return node;
  }

  /** A node that shares nothing yet. */
  async bare(
    name: string,
    options: object = {},
    serverPort = this.#serverPort(),
    engineOptions?: DurableEngineOptions,
  ): Promise<RemoteNode> {
    const inOne = this.#kind === 'memory';
    const host = inOne ? (this.#shared ??= new Host(this.#kind)) : new Host(this.#kind);
    this.#hosts.add(host);
    const { namespace } = this;
    await host.ask(name, 'open', {
      node: name,
      kind: this.#kind,
      serverPort,
      namespace,
      engineOptions,
      // A node that is silent for four of these is lost: longer than a busy machine leaves a process without a turn.
      options: { heartbeatMs: 1_500, ...options },
    });
    return new RemoteNode(name, host, !inOne);
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#hosts].map((host) => host.kill()));
    this.#hosts.clear();
    this.#shared = undefined;
  }
}

export interface NodeOptions {
  readonly share?: object;
  readonly receiver?: string;
  readonly filter?: object;
  readonly serverPort?: number;
  readonly engineOptions?: DurableEngineOptions;
  readonly timeoutMs?: number;
  readonly heartbeatMs?: number;
}

/** Waits until all of them know each other. */
export async function allReady(...nodes: readonly RemoteNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.ask('ready', { nodes: nodes.length, timeoutMs: 300_000 })));
}
