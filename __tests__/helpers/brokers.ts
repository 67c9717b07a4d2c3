import { describe, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

type Program = 'nats-server' | 'redis-server';

/** Debian has nats-server where the PATH of a user does not look. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];

function fileOf(program: Program): string | undefined {
  return FOLDERS.map((folder) => path.join(folder, program)).find((file) => existsSync(file));
}

/**
 * A `describe` whose tests need a server: skipped with a word where it is not installed, a failure there when CI is true.
 */
export function describeWith(program: Program, title: string, tests: () => void): void {
  if (fileOf(program) !== undefined) {
    describe(title, tests);
    return;
  }
  describe(title, () => {
    const what = `needs ${program}, which is not installed (apt-get install ${program})`;
    if (process.env['CI'] !== 'true') it.skip(what, () => undefined);
    else
      it(what, () => {
        throw new Error(`${program} is not installed`);
      });
  });
}

/** Starts a NATS server with JetStream on a free port of this host, its data in a folder of its own. */
export function startNats(): Promise<Broker> {
  return Broker.start('nats-server', 'nats', (port, folder) => [
    ...['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder],
  ]);
}

/** Starts a Redis server on a free port of this host, its data in a folder of its own. */
export function startRedis(): Promise<Broker> {
  return Broker.start('redis-server', 'redis', (port, folder) => [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
    ...['--save', '', '--appendonly', 'yes'],
  ]);
}

/** A message server of a test. It is gone, and so is its data, when it has been disposed of. */
export class Broker implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(scheme: string, port: number, file: string, args: readonly string[], folder: string) {
    this.url = `${scheme}://127.0.0.1:${port}`;
    this.port = port;
    this.#file = file;
    this.#args = args;
    this.#folder = folder;
  }

  static async start(
    program: Program,
    scheme: string,
    argsOf: (port: number, folder: string) => readonly string[],
  ): Promise<Broker> {
    const file = fileOf(program);
    if (file === undefined) throw new Error(`${program} is not installed`);
    const [port, folder] = await Promise.all([freePort(), mkdtemp(path.join(tmpdir(), 'signalbox-'))]);
    const broker = new Broker(scheme, port, file, argsOf(port, folder), folder);
    await broker.start();
    return broker;
  }

  /** Starts it again after `kill`, on the same port and with the data that it had. */
  async start(): Promise<void> {
    const started = spawn(this.#file, this.#args, { stdio: 'ignore' });
    this.#process = started;
    for (;;) {
      if (started.exitCode !== null) throw new Error(`${this.#file} ended with ${started.exitCode}`);
      if (await answers(this.port)) return;
      await sleep(10);
    }
  }

  /** As if the power went: all connections are cut, and nobody can connect until `start`. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  /** Answers nothing, and keeps all connections, until `resume`. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
