/**
 * `PUT /notes/<name>` and `GET /notes/<name>`. It knows nothing of the store or the cache: it sends signals.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { type SendContext, type SendResult, values } from 'signalbox';

import { noteRead, noteWritten, serverListening, serverStart, serverStop, type ServerSettings } from './signals.js';

export function connectHttpServer(): void {
  serverStart.connect(openHttpServer);
}

async function openHttpServer({ port }: ServerSettings): Promise<void> {
  const server = createServer((request, response) => void respond(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening'); // rejects when the port is taken

  async function closeHttpServer(_stop: { reason: string }, { abortSignal }: SendContext): Promise<void> {
    await closeWhenAnswered(server, abortSignal);
    console.log('http: closed');
  }

  serverStop.connect(closeHttpServer, { once: true });
  const address = server.address() as AddressInfo;
  console.log(`http: listening on http://127.0.0.1:${address.port}`);
  await serverListening.send({ port: address.port });
}

/** Accepts nothing new and waits for the requests in hand; past the deadline their connections are cut. */
function closeWhenAnswered(server: Server, deadline: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    deadline?.addEventListener('abort', () => server.closeAllConnections(), { once: true });
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
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
