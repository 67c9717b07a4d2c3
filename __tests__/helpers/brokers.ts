import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './package.js';

/** How a broker is started on a port, with a folder for what it keeps. */
interface BrokerProgram {
  readonly program: string;
  readonly args: (port: string, folder: string) => readonly string[];
}

export const PROGRAMS = {
  mqtt: {
    program: process.execPath,
    args: (port) => [path.join(root, '__tests__/bridge/fixtures/mqtt-broker.mjs'), port],
  },
  nats: {
    program: '/usr/sbin/nats-server',
    args: (port, folder) => ['-a', '127.0.0.1', '-p', port, '-js', '-sd', folder],
  },
  redis: {
    program: '/usr/bin/redis-server',
    args: (port, folder) => ['--bind', '127.0.0.1', '--port', port, '--dir', folder, '--appendonly', 'yes'],
  },
} satisfies Readonly<Record<string, BrokerProgram>>;
export type BrokerKind = keyof typeof PROGRAMS;

/** On a developer's machine a server may be missing; where every change is checked, it may not. */
export function isMissing(kind: BrokerKind): boolean {
  return !existsSync(PROGRAMS[kind].program) && process.env['CI'] !== 'true';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A message broker on a loopback port. */
export class Broker {
  readonly #kind: BrokerKind;
  readonly #config: string | undefined;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'signalbox-broker-'));
  #process: ChildProcess | undefined;
  port = 0;

  /** @param config - What stands in its configuration file, for NATS. */
  constructor(kind: BrokerKind, config?: string) {
    this.#kind = kind;
    this.#config = config;
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const { program, args } = PROGRAMS[this.#kind];
    const given = [...args(String(this.port), this.#folder)];
    if (this.#config !== undefined) {
      const file = path.join(this.#folder, 'broker.conf');
      writeFileSync(file, this.#config);
      given.push('-c', file);
    }
    this.#process = spawn(program, given, { stdio: 'ignore', cwd: this.#folder });
    while (!(await accepts(this.port))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  /** Has it come back without anything that it kept. */
  async loseAll(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const accepted = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return accepted;
}

/** Stands between clients and a broker, and can stop to pass anything on without closing a connection: a partition. */
export class Proxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #cut = false;

  constructor(targetPort: number) {
    this.#server = createServer((client) => {
      const target = connect(targetPort, '127.0.0.1');
      for (const [from, to] of [
        [client, target],
        [target, client],
      ] as const) {
        this.#sockets.add(from.setNoDelay(true));
        if (!this.#cut) from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          to.destroy();
          this.#sockets.delete(from);
        });
      }
      this.#pairs.add([client, target]);
    });
  }

  readonly #pairs = new Set<readonly [Socket, Socket]>();

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#cut = true;
    for (const [a, b] of this.#pairs) {
      a.unpipe(b).pause();
      b.unpipe(a).pause();
    }
  }

  /** Passes nothing on for the connections that there are, without closing them; new ones are passed on. */
  freeze(): void {
    this.cut();
    this.#cut = false;
    this.#pairs.clear();
  }

  /**
   * Resets the connection on which a text is about to pass to the server, so that the server does not get it. New ones
   * are passed on.
   */
  resetAt(text: string): Promise<void> {
    return new Promise((resolve) => {
      for (const [client, target] of this.#pairs) {
        client.prependListener('data', (data: Buffer) => {
          if (!data.includes(text)) return;
          target.destroy();
          client.resetAndDestroy();
          resolve();
        });
      }
    });
  }

  /** Passes on nothing more of what the server says, on the connections that there are. */
  muteServer(): void {
    for (const [client, target] of this.#pairs) target.unpipe(client).resume();
  }

  heal(): void {
    this.#cut = false;
    for (const [a, b] of this.#pairs) {
      a.pipe(b);
      b.pipe(a);
    }
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
