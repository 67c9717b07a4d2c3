/**
 * `PUT /notes/<name>` and `GET /notes/<name>`. It knows nothing of the store or the cache: it sends signals.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { type SendResult, values } from 'signalbox';
import type { Lifecycle, ResourceContext } from 'signalbox/lifecycle';

import { noteRead, noteWritten, serverListening } from './signals.js';

export function addHttpServer(lifecycle: Lifecycle, port: number): void {
  void lifecycle.add('http', () => openHttpServer(port), closeHttpServer);
}

async function openHttpServer(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    // A client may keep its connection for a next request, which there will not be.
    response.once('finish', () => {
      if (!server.listening) server.closeIdleConnections();
    });
    void respond(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening'); // rejects when the port is taken
  const address = server.address() as AddressInfo;
  console.log(`http: listening on http://127.0.0.1:${address.port}`);
  await serverListening.send({ port: address.port });
  return server;
}

/** Accepts nothing new and waits for the requests in hand; past the deadline their connections are cut. */
async function closeHttpServer(server: Server, { abortSignal }: ResourceContext): Promise<void> {
  abortSignal.addEventListener('abort', () => server.closeAllConnections(), { once: true });
  await once(server.close(), 'close');
  console.log('http: closed');
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const name = /^\/notes\/(?<name>[\w-]+)$/.exec(request.url ?? '')?.groups?.['name'];
    if (name === undefined) response.writeHead(404).end();
    else if (request.method === 'PUT') await writeNote(name, request, response);
    else if (request.method === 'GET') await readNote(name, response);
    else response.writeHead(405).end();
  } catch (error) {
    console.error('http: the request failed:', error);
    response.writeHead(500).end();
  }
}

async function writeNote(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  values(await noteWritten.send({ name, text: await text(request) }));
  response.writeHead(204).end();
}

async function readNote(name: string, response: ServerResponse): Promise<void> {
  const results = await noteRead.sendSerial({ name }, { until: isAnswer });
  const note = values(results).at(-1);
  if (note === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(note);
}

function isAnswer(result: SendResult<string | undefined>): boolean {
  return result.status === 'fulfilled' && result.value !== undefined;
}
