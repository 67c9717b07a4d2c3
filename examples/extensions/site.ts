/**
 * A small web site on this machine, so that the crawler has real pages to fetch: the files in `pages/`.
 *
 * Like many a site it is not perfect: one page is linked and does not exist, another is unavailable at first.
 */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const pageDirectory = new URL('pages/', import.meta.url);

export interface Site extends AsyncDisposable {
  readonly url: URL;
}

export async function openSite(): Promise<Site> {
  const pages = await readPages();
  const unavailableOnce = new Set(['/new.html']);

  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    const page = pages.get(path);
    if (page === undefined) response.writeHead(404).end();
    else if (unavailableOnce.delete(path)) response.writeHead(503).end();
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function readPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for (const file of await readdir(pageDirectory)) {
    pages.set(`/${file}`, await readFile(new URL(file, pageDirectory), 'utf8'));
  }
  return pages;
}
