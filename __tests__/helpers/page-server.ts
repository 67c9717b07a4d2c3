import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { root } from './package.js';

export interface PageServer {
  readonly url: string;
  readonly close: () => void;
}

/**
 * Serves `dist/`, a page, and the page's script, under a policy that forbids inline scripts and code from strings.
 *
 * @param script - The page's script, from the root of the repository.
 */
export async function servePage(script: string): Promise<PageServer> {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, script)],
    bundle: true,
    alias: {
      signalbox: '/dist/index.js',
      'signalbox/bridge': '/dist/bridge.js',
      'signalbox/broadcast': '/dist/broadcast.js',
    },
    external: ['/dist/*'],
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const text = outputFiles.map((file) => file.text).join('');
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'");
    response.setHeader('content-type', pathname === '/' ? 'text/html' : 'text/javascript');
    if (pathname === '/')
      response.end('<!doctype html><title>signalbox</title><script type="module" src="/page.js"></script>');
    else if (pathname === '/page.js') response.end(text);
    else if (pathname.startsWith('/dist/') && pathname.endsWith('.js'))
      response.end(readFileSync(path.join(root, pathname)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}
