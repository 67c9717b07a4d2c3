import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { record } from 'signalbox/testing';
import 'signalbox/testing/jest';

import { createNotesServer } from '../../examples/server-lifecycle/notes-server.js';
import {
  noteRead,
  notesFlushed,
  noteWritten,
  serverListening,
  serverSignals,
} from '../../examples/server-lifecycle/signals.js';
import { ExampleProcess } from './example-process.js';

let directory: string;
let dataFile: string;
let server: ExampleProcess | undefined;
let occupant: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'signalbox-test-'));
  dataFile = path.join(directory, 'notes.json');
});

afterEach(async () => {
  jest.restoreAllMocks();
  server?.kill();
  await server?.exit;
  occupant?.close();
  [server, occupant] = [undefined, undefined];
  await rm(directory, { recursive: true });
});

function startServer(...args: readonly string[]): ExampleProcess {
  server = new ExampleProcess('server-lifecycle/main.js', ['--data', dataFile, '--port', '0', ...args]);
  return server;
}

async function occupyPort(): Promise<number> {
  occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  return (occupant.address() as AddressInfo).port;
}

async function addressOf(started: ExampleProcess): Promise<URL> {
  const [, address] = await started.lineMatching(/listening on (\S+)$/);
  return new URL(address ?? '');
}

async function readNote(address: URL, name: string): Promise<{ status: number; text: string }> {
  const response = await fetch(new URL(`/notes/${name}`, address));
  return { status: response.status, text: await response.text() };
}

describe('examples/server-lifecycle', () => {
  it('opens in order, answers requests, and on SIGTERM closes in reverse order and exits with 0', async () => {
    const started = startServer();
    const address = await addressOf(started);

    const written = await fetch(new URL('/notes/tea', address), { method: 'PUT', body: 'Darjeeling' });
    expect(written.status).toBe(204);
    expect(await readNote(address, 'tea')).toEqual({ status: 200, text: 'Darjeeling' });
    expect(await readNote(address, 'coffee')).toEqual({ status: 404, text: '' });
    expect((await fetch(new URL('/elsewhere', address))).status).toBe(404);

    started.terminate();

    expect(await started.exit).toEqual({
      exitCode: 0,
      lines: [
        'store: open, 0 notes',
        'cache: open',
        `http: listening on ${address.origin}`,
        'stopping: SIGTERM',
        'http: closed',
        'cache: closed, 1 notes handed to the store',
        'store: closed, 1 notes saved',
      ],
      stderr: '',
    });
    expect(JSON.parse(await readFile(dataFile, 'utf8'))).toEqual({ tea: 'Darjeeling' });
    expect(await readdir(directory)).toEqual(['notes.json']);
  });

  it('serves what was stored by an earlier run, and the cache before the store', async () => {
    await writeFile(dataFile, JSON.stringify({ tea: 'Assam', coffee: 'Sidamo' }));
    const started = startServer();
    const address = await addressOf(started);

    await fetch(new URL('/notes/tea', address), { method: 'PUT', body: 'Darjeeling' });

    expect(await readNote(address, 'tea')).toEqual({ status: 200, text: 'Darjeeling' });
    expect(await readNote(address, 'coffee')).toEqual({ status: 200, text: 'Sidamo' });
    started.terminate();
    expect((await started.exit).exitCode).toBe(0);
    expect(JSON.parse(await readFile(dataFile, 'utf8'))).toEqual({ tea: 'Darjeeling', coffee: 'Sidamo' });
  });

  it('closes what had been opened when the start fails, and exits with 1', async () => {
    const port = await occupyPort();

    const { exitCode, lines, stderr } = await startServer('--port', String(port)).exit;

    expect({ exitCode, lines }).toEqual({
      exitCode: 1,
      lines: [
        'store: open, 0 notes',
        'cache: open',
        'stopping: start failed',
        'cache: closed, 0 notes handed to the store',
        'store: closed, 0 notes saved',
      ],
    });
    expect(stderr).toMatch(/^The lifecycle failed: StartFailedError: "http" could not be opened[^]*EADDRINUSE/);
  });

  it('closes nothing when the first resource fails to open', async () => {
    await writeFile(dataFile, 'not JSON');

    const { exitCode, lines } = await startServer().exit;

    expect({ exitCode, lines }).toEqual({ exitCode: 1, lines: ['stopping: start failed'] });
  });

  it('cuts a request that is not done by the deadline, and closes everything', async () => {
    const started = startServer('--stop-timeout', '100');
    const address = await addressOf(started);
    await fetch(new URL('/notes/tea', address), { method: 'PUT', body: 'Darjeeling' });
    const client = connect(Number(address.port), address.hostname);
    client.on('error', () => undefined); // it is cut off, one way or another
    const cut = once(client, 'close');
    // The server answers 100 Continue when it waits for the body, which never comes.
    client.write('PUT /notes/milk HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
    await once(client, 'data');

    started.terminate();
    const { exitCode, lines, stderr } = await started.exit;
    await cut;

    // At the deadline, all are called that have not been called yet.
    expect({ exitCode, lines: lines.slice(3).sort() }).toEqual({
      exitCode: 0,
      lines: [
        'cache: closed, 1 notes handed to the store',
        'http: closed',
        'stopping: SIGTERM',
        'store: closed, 1 notes saved',
      ],
    });
    expect(stderr).toMatch(/^http: the request failed: Error: aborted/);
    expect(JSON.parse(await readFile(dataFile, 'utf8'))).toEqual({ tea: 'Darjeeling' });
  });
  it('asks the store only for what the cache does not have', async () => {
    jest.spyOn(console, 'log').mockReturnValue();
    await writeFile(dataFile, JSON.stringify({ coffee: 'Sidamo' }));
    using recording = record(serverSignals);
    const lifecycle = createNotesServer({ dataFile, port: 0, stopTimeoutMs: 5_000 });
    await lifecycle.start();
    const port = recording.kwargs(serverListening)[0]?.port ?? 0;
    const address = new URL(`http://127.0.0.1:${port}`);

    await fetch(new URL('/notes/tea', address), { method: 'PUT', body: 'Darjeeling' });
    for (const name of ['tea', 'coffee']) await readNote(address, name);
    await lifecycle.stop();

    expect(recording).toHaveSent(noteWritten, { name: 'tea', text: 'Darjeeling' });
    expect(recording.of(noteRead).map(({ results }) => results)).toMatchObject([
      [{ value: 'Darjeeling' }],
      [{ value: undefined }, { value: 'Sidamo' }],
    ]);
    expect(recording).toHaveSentInOrder([serverListening, noteWritten, noteRead, noteRead, notesFlushed]);
    expect(recording).toHaveSentTimes(notesFlushed, 1);
    expect(recording.failures).toEqual([]);
  });
});
