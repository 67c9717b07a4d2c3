import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { CHROMIUM, chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { requireBuild, root } from '../helpers/package.js';

requireBuild();

async function servePage(): Promise<Server> {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, '__tests__/bridge/tabs-page.ts')],
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
  const script = outputFiles.map((file) => file.text).join('');
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'");
    response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html');
    if (url === '/page.js') response.end(script);
    else if (url.startsWith('/dist/')) response.end(readFileSync(path.join(root, url)));
    else response.end('<!doctype html><title>tab</title><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Calls what the page offers by that name. */
function ask(page: Page, name: string, ...args: readonly unknown[]): Promise<unknown> {
  return page.evaluate(
    ([verb, given]) => {
      const offered = globalThis as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
      return offered[verb]?.(...given);
    },
    [name, args] as const,
  );
}

const title = 'share signals over a BroadcastChannel, and notice when one is closed';

describe('tabs of one site in Chromium', () => {
  (chromiumIsMissing ? it.skip : it)(chromiumIsMissing ? `${title}, but there is no ${CHROMIUM}` : title, async () => {
    const server = await servePage();
    const browser = await launchChromium();
    try {
      const { port } = server.address() as AddressInfo;
      const context = await browser.newContext();
      const complaints: string[] = [];
      const tab = async (name: string): Promise<Page> => {
        const page = await context.newPage();
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(String(error)));
        await page.goto(`http://127.0.0.1:${port}/?name=${name}`);
        await ask(page, 'join');
        return page;
      };
      const [a, b, c] = [await tab('a'), await tab('b'), await tab('c')];
      await Promise.all([a, b, c].map((page) => ask(page, 'ready', 3)));
      expect(await ask(a, 'ask', 7)).toEqual([
        ['b', 'b got 7'],
        ['c', 'c got 7'],
      ]);
      const pending = ask(a, 'ask', 0);
      await b.close();
      await c.close();
      expect(await pending).toEqual([
        ['b', 'NodeLostError'],
        ['c', 'NodeLostError'],
      ]);
      expect([await ask(a, 'nodes'), complaints]).toEqual([['a'], []]);
    } finally {
      await browser.close();
      server.close();
    }
  });
});
