import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Broker, isMissing } from '../helpers/brokers.js';
import { ExampleProcess } from './example-process.js';

let folder: string;
let running: ExampleProcess[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signalbox-test-'));
  running = [];
});

afterEach(async () => {
  // The servers end with the process that has started them.
  for (const one of running) one.kill();
  await Promise.all(running.map(({ exit }) => exit));
  await rm(folder, { recursive: true });
});

function startCluster(environment: NodeJS.ProcessEnv, ...args: readonly string[]): ExampleProcess {
  const started = new ExampleProcess('cluster/main.js', ['--folder', folder, '--port', '0', ...args], {
    NATS_URL: undefined,
    ...environment,
  });
  running.push(started);
  return started;
}

async function noteOf(cluster: ExampleProcess, name: string): Promise<URL> {
  const [, address] = await cluster.lineMatching(/answer on (\S+)$/);
  return new URL(`/notes/${name}`, address);
}

async function killServer(cluster: ExampleProcess, name: string): Promise<void> {
  const [, pid] = await cluster.lineMatching(new RegExp(`^${name}: answers requests, process (\\d+)$`));
  process.kill(Number(pid), 'SIGKILL');
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly server: string | null;
}

/**
 * Over a connection of its own, so that any server may get it; once more when that server dies of it. One that dies when it is
 * just being given the connection leaves it unanswered (so does node:cluster): hence the time limit.
 */
async function request(note: URL, init: RequestInit = {}): Promise<Answer> {
  for (;;) {
    try {
      const limits = { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) };
      const response = await fetch(note, { ...init, ...limits });
      return { status: response.status, text: await response.text(), server: response.headers.get('x-server') };
    } catch (error) {
      const { name } = error as Error; // a TypeError is what `fetch` says of a connection that was cut
      if (name !== 'TypeError' && name !== 'TimeoutError') throw error;
    }
  }
}

/** Writes a note, and what every server says of it then. */
async function writeAndReadAll(
  note: URL,
  text: string,
): Promise<{ readonly texts: Set<string>; servers: Set<string> }> {
  expect((await request(note, { method: 'PUT', body: text })).status).toBe(204);
  const answers = [await request(note), await request(note), await request(note), await request(note)];
  return {
    texts: new Set(answers.map((answer) => answer.text)),
    servers: new Set(answers.map(({ server }) => server ?? '')),
  };
}

/** Asks for a note to be written and keeps the body back. */
async function beginToWrite(note: URL): Promise<Socket> {
  const client = connect(Number(note.port), note.hostname);
  client.on('error', () => undefined); // it may be cut off
  client.write(`PUT ${note.pathname} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`);
  await once(client, 'data');
  return client;
}

const withoutNumbers = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/process \d+$/, 'process <id>').replace(/:\d+$/, ':<port>'));

const started = [
  'server-1: answers requests, process <id>',
  'server-2: answers requests, process <id>',
  'server-3: answers requests, process <id>',
  '3 servers answer on http://127.0.0.1:<port>',
];

function goesOn(environment: () => NodeJS.ProcessEnv): void {
  it('goes on while a server is killed and replaced, and no server serves an old note', async () => {
    const cluster = startCluster(environment());
    const note = await noteOf(cluster, 'tea');
    const replaced = (): boolean => cluster.lines.filter((line) => line.startsWith('server-2: answers')).length === 2;

    const seen = new Set<string>();
    let written = 0;
    for (let left = 10; left > 0; left -= replaced() ? 1 : 0) {
      written += 1;
      if (written === 5) await killServer(cluster, 'server-2');
      const { texts, servers } = await writeAndReadAll(note, `note ${written}`);
      expect(texts).toEqual(new Set([`note ${written}`]));
      if (replaced()) for (const server of servers) seen.add(server);
    }
    expect([...seen].sort()).toEqual(['server-1', 'server-2', 'server-3']);

    cluster.terminate();
    const { exitCode, lines, stderr } = await cluster.exit;
    expect({ exitCode, stderr, lines: withoutNumbers(lines) }).toEqual({
      exitCode: 0,
      stderr: '',
      lines: [
        ...started,
        'server-2: is gone, and started again',
        'server-2: answers requests, process <id>',
        'server-1: closed',
        'server-3: closed',
        'server-2: closed',
      ],
    });
    expect(await readdir(folder)).toEqual(['tea']);
  });
}

describe('examples/cluster without a message server', () => {
  goesOn(() => ({}));

  it('has every server finish what it has in hand when it stops', async () => {
    const cluster = startCluster({});
    const note = await noteOf(cluster, 'milk');
    const writes = [await beginToWrite(note), await beginToWrite(note), await beginToWrite(note)];

    const stopping = cluster.exit;
    cluster.terminate();
    for (const client of writes) {
      const answer = once(client, 'data');
      client.write('oats');
      expect(String(await answer)).toMatch(/^HTTP\/1.1 204 /);
    }

    expect((await stopping).exitCode).toBe(0);
    expect(await readdir(folder)).toEqual(['milk']);
  });

  it('cuts requests that are not done by the deadline, says where, and exits with 1', async () => {
    const cluster = startCluster({}, '--stop-timeout', '200');
    const cut = once(await beginToWrite(await noteOf(cluster, 'milk')), 'close');

    cluster.terminate();
    const { exitCode, lines } = await cluster.exit;
    await cut;

    const ends = lines.slice(started.length).map((line) => line.replace(/^server-\d: /, ''));
    expect({ exitCode, ends: ends.sort() }).toEqual({
      exitCode: 1,
      ends: ['closed', 'closed', 'could not close in time'],
    });
  });

  it('is not kept from stopping by a server that has just died', async () => {
    const cluster = startCluster({});
    await noteOf(cluster, 'tea');
    await killServer(cluster, 'server-2');
    cluster.terminate();

    const { exitCode, lines, stderr } = await cluster.exit;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(lines).toEqual(expect.arrayContaining(['server-1: closed', 'server-3: closed']));
  });

  it('ends with 1 when the servers can not start', async () => {
    const { exitCode, lines, stderr } = await startCluster({}, '--port', '70000').exit;
    expect({ exitCode, lines }).toEqual({ exitCode: 1, lines: [] });
    expect(stderr).toMatch(
      /The lifecycle failed: StartFailedError: "servers" could not be opened[^]*server-1 ended before it answered/,
    );
  });
});

describe('examples/cluster over NATS', () => {
  if (isMissing('nats')) {
    it.skip('is not tested here: there is no nats-server', () => undefined);
    return;
  }
  const broker = new Broker('nats');
  beforeAll(() => broker.start());
  afterAll(() => broker.stop());
  const environment = () => ({ NATS_URL: `nats://127.0.0.1:${broker.port}` });

  goesOn(environment);

  it('shares its signals with a cluster on another host, and stops with it', async () => {
    const east = startCluster(environment(), '--name', 'east');
    const eastern = await noteOf(east, 'tea');
    const west = startCluster(environment(), '--name', 'west');
    const western = await noteOf(west, 'tea');

    expect((await writeAndReadAll(eastern, 'Assam')).texts).toEqual(new Set(['Assam']));
    expect((await writeAndReadAll(western, 'Darjeeling')).texts).toEqual(new Set(['Darjeeling']));
    expect((await request(eastern)).text).toBe('Darjeeling');

    west.terminate();
    const exits = await Promise.all([east.exit, west.exit]);
    expect(exits.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual([
      { exitCode: 0, stderr: '' },
      { exitCode: 0, stderr: '' },
    ]);
  });
});
