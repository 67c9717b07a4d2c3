import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { CHROMIUM, chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { requireBuild, root } from '../helpers/package.js';

requireBuild();

/** Serves `dist/`, a page, and the page's script, under a policy that forbids inline scripts and code from strings. */
async function servePage(): Promise<Server> {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, '__tests__/package/browser-page.ts')],
    bundle: true,
    alias: { signalbox: '/dist/index.js' },
    external: ['/dist/*'],
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const script = outputFiles.map((file) => file.text).join('');
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'");
    response.setHeader('content-type', url === '/' ? 'text/html' : 'text/javascript');
    if (url === '/')
      response.end('<!doctype html><title>signalbox</title><script type="module" src="/page.js"></script>');
    else if (url === '/page.js') response.end(script);
    else if (url.startsWith('/dist/') && url.endsWith('.js')) response.end(readFileSync(path.join(root, url)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Opens the page and resolves with what it reports, and with what the console says besides. */
async function open(url: string): Promise<{ readonly outcome: unknown; readonly complaints: readonly string[] }> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    const outcome = await new Promise((resolve, reject) => {
      page.on('pageerror', reject);
      const opened = page.exposeFunction('report', resolve).then(() => page.goto(url));
      opened.catch(reject);
    });
    return { outcome, complaints };
  } finally {
    await browser.close();
  }
}

const title = chromiumIsMissing ? `runs in Chromium, but there is no ${CHROMIUM}` : 'runs in Chromium';

describe('the built package in a page with a strict content security policy', () => {
  (chromiumIsMissing ? it.skip : it)(title, async () => {
    const server = await servePage();
    try {
      const { port } = server.address() as AddressInfo;
      expect(await open(`http://127.0.0.1:${port}/`)).toEqual({
        outcome: {
          connectAndFilter: [
            ['true', 'true', 'true', 'true', 'false'],
            ['any 3', 'all 3', 'button 3 true', 'key 3'],
          ],
          connectUntilTheBlockEnds: [true, [1], []],
          holdWeakly: [1, false, 0],
          failAndWait: [['rejected'], ['Error: no'], { n: 4 }],
          oneSharedManager: true,
        },
        complaints: [],
      });
    } finally {
      server.close();
    }
  });
});
