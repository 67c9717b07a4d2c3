/** The feed: a local HTTP server that gives every caller the next rows, and knows how many it has given away. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Row } from './store.js';

const TEXTS = ['Cats sleep all day', 'Dogs do not', 'It rains cats and dogs'];

export interface FeedServer extends AsyncDisposable {
  readonly url: string;
  /** How many rows have been given away so far. */
  readonly served: number;
}

export async function openFeedServer(secret: string, rowsPerPage = 7): Promise<FeedServer> {
  let served = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${secret}`) {
      response.writeHead(401).end();
      return;
    }
    const page: Row[] = Array.from({ length: rowsPerPage }, () => {
      served += 1;
      return { id: served, text: TEXTS[served % TEXTS.length] ?? '' };
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get served() {
      return served;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
