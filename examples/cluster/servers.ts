/** The processes of the servers: started one after the other, and again when one of them dies. */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Engine } from 'signalbox/bridge';

import { serveEngine } from './channel-engine.js';

/** What the servers of a cluster have in common. */
export interface CommonSettings {
  /** 0: any free port */
  readonly port: number;
  /** where the notes are */
  readonly folder: string;
  /** milliseconds that each server has to close */
  readonly stopTimeoutMs: number;
}

export interface ServerSettings extends CommonSettings {
  /** unique among all servers that share their signals */
  readonly name: string;
  /** how many servers, this one included, have to know each other before this one answers requests */
  readonly nodes: number;
}

export class Servers {
  readonly #engine: Engine;
  readonly #common: CommonSettings;
  readonly #running = new Map<string, Worker>();
  readonly #starting = new Set<Worker>();
  /** Whether a server that dies is started again. */
  replacing = true;
  /** The port of all servers, as soon as one answers requests. */
  port: number;

  /** @param engine - Served to those that have no engine of their own. */
  constructor(engine: Engine, common: CommonSettings) {
    this.#engine = engine;
    this.#common = common;
    this.port = common.port;
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('./server.js', import.meta.url)),
      args: [],
      serialization: 'advanced', // bytes stay bytes
    });
  }

  /** Starts servers one after the other. If one cannot be started, none is left. */
  async startAll(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (await this.#start(name)) continue;
      this.replacing = false;
      await this.ended(0);
      throw new Error(`${name} ended before it answered requests`);
    }
  }

  /** Whether it answers requests, or has ended before. A server that dies later is started again under its name. */
  async #start(name: string): Promise<boolean> {
    const settings: ServerSettings = { ...this.#common, name, nodes: this.#running.size + 1 };
    const worker = cluster.fork({ SERVER_SETTINGS: JSON.stringify(settings) });
    serveEngine(this.#engine, worker);
    this.#running.set(name, worker);
    this.#starting.add(worker);
    const ended = once(worker, 'exit').then(() => void this.#running.delete(name));
    const listening = once(worker, 'listening') as Promise<[{ readonly port: number }]>;
    const started = await Promise.race([listening, ended]);
    this.#starting.delete(worker);
    if (started === undefined) return false;
    this.port = started[0].port;
    console.log(`${name}: answers requests, process ${worker.process.pid ?? ''}`);
    void ended.then(() => this.#replace(name));
    return true;
  }

  replaceNoMore(): void {
    this.replacing = false;
    // They may not hear of the stop yet, and have nothing in hand.
    for (const worker of this.#starting) worker.process.kill('SIGKILL');
  }

  /** Resolves when all have ended; those that take longer than that are killed. */
  async ended(timeoutMs: number): Promise<void> {
    const running = [...this.#running.values()];
    const killing = setTimeout(() => running.forEach((worker) => worker.process.kill('SIGKILL')), timeoutMs);
    await Promise.all(running.map((worker) => once(worker, 'exit')));
    clearTimeout(killing);
  }

  async #replace(name: string): Promise<void> {
    while (this.replacing) {
      console.log(`${name}: is gone, and started again`);
      if (await this.#start(name)) return;
      await sleep(1_000); // it has said itself what is wrong
    }
  }
}
