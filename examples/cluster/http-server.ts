/** `PUT /notes/<name>` and `GET /notes/<name>`, on a port that the servers of the cluster have in common. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import type { ResourceContext } from 'signalbox/lifecycle';

import type { Notes } from './notes.js';

export async function openHttpServer(port: number, serverName: string, notes: Notes): Promise<Server> {
  const server = createServer((request, response) => {
    response.setHeader('x-server', serverName);
    // A client may keep its connection for a next request, which there will not be.
    response.once('finish', () => {
      if (!server.listening) server.closeIdleConnections();
    });
    void respond(notes, request, response);
  });
  await once(server.listen(port, '127.0.0.1'), 'listening'); // rejects when the port is taken
  return server;
}

/** Accepts nothing new and waits for the requests in hand; past the deadline their connections are cut. */
export async function closeHttpServer(server: Server, { abortSignal: deadline }: ResourceContext): Promise<void> {
  deadline.addEventListener('abort', () => server.closeAllConnections(), { once: true });
  const closed = once(server.close(), 'close');
  server.closeIdleConnections();
  await closed;
}

async function respond(notes: Notes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const name = /^\/notes\/(?<name>[\w-]+)$/.exec(request.url ?? '')?.groups?.['name'];
    if (name === undefined) response.writeHead(404).end();
    else if (request.method === 'PUT') {
      await notes.write(name, await text(request));
      response.writeHead(204).end();
    } else if (request.method === 'GET') {
      const note = await notes.read(name);
      if (note === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(note);
    } else response.writeHead(405).end();
  } catch (error) {
    console.error('http: the request failed:', error);
    response.writeHead(500).end();
  }
}
