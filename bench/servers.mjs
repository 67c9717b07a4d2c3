// Message servers for the benchmarks, on loopback ports of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const programs = {
  nats: { file: 'nats-server', args: (port, folder) => ['-a', '127.0.0.1', '-p', port, '-sd', folder] },
  redis: {
    file: 'redis-server',
    args: (port, folder) => ['--bind', '127.0.0.1', '--port', port, '--dir', folder, '--save', ''],
  },
};

/** Debian keeps servers in folders that the PATH of a user may lack. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const pathOf = (file) => folders.map((folder) => join(folder, file)).find(existsSync);

/** Returns the URL of the server of this kind, for the workers. */
export const urlOf = (kind) => process.env[`BENCH_${kind.toUpperCase()}_URL`];

/**
 * Starts a server if it is installed, and prints a line if it is not.
 *
 * @param {'nats' | 'redis'} kind
 * @returns {Promise<undefined | (() => Promise<void>)>} a function that stops it
 */
export async function startServer(kind) {
  const { file, args } = programs[kind];
  const path = pathOf(file);
  if (!path) {
    console.log(`\nLeft out: the scenarios that need ${file}, which is not installed`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  const port = await freePort();
  const server = spawn(path, args(String(port), folder), { stdio: 'ignore' });
  while (!(await accepts(port))) {
    if (server.exitCode !== null) throw new Error(`${file} ended with ${server.exitCode}`);
  }
  process.env[`BENCH_${kind.toUpperCase()}_URL`] = `${kind}://127.0.0.1:${port}`;
  return async () => {
    const exited = once(server, 'exit');
    server.kill();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => globalThis.setTimeout(resolve, 20, false));
  });
}
