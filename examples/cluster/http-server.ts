/** `PUT /notes/<name>` and `GET /notes/<name>`, on a port that the servers of the cluster have in common. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import type { SendContext } from 'signalbox';

import type { Notes } from './notes.js';
import { serverStop } from './signals.js';

export async function openHttpServer(port: number, serverName: string, notes: Notes): Promise<void> {
  const server = createServer((request, response) => {
    response.setHeader('x-server', serverName);
    // A client may keep its connection for a next request, which there will not be.
    response.once('finish', () => {
      if (!server.listening) server.closeIdleConnections();
    });
    void respond(notes, request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening'); // rejects when the port is taken

  serverStop.connect(async function closeHttpServer(_stop, { abortSignal }: SendContext) {
    await closeWhenAnswered(server, abortSignal);
  });
}

/** Accepts nothing new and waits for the requests in hand; past the deadline their connections are cut. */
function closeWhenAnswered(server: Server, deadline: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    deadline?.addEventListener('abort', () => server.closeAllConnections(), { once: true });
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}

async function respond(notes: Notes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const name = /^\/notes\/(?<name>[\w-]+)$/.exec(request.url ?? '')?.groups?.['name'];
    if (name === undefined) response.writeHead(404).end();
    else if (request.method === 'PUT') await writeNote(notes, name, request, response);
    else if (request.method === 'GET') await readNote(notes, name, response);
    else response.writeHead(405).end();
  } catch (error) {
    console.error('http: the request failed:', error);
    response.writeHead(500).end();
  }
}

async function writeNote(
  notes: Notes,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await notes.write(name, await text(request));
  response.writeHead(204).end();
}

async function readNote(notes: Notes, name: string, response: ServerResponse): Promise<void> {
  const note = await notes.read(name);
  if (note === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(note);
}
