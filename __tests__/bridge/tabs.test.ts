import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { CHROMIUM, chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { requireBuild } from '../helpers/package.js';
import { servePage } from '../helpers/page-server.js';

requireBuild();

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
    const server = await servePage('__tests__/bridge/tabs-page.ts');
    const browser = await launchChromium();
    try {
      const context = await browser.newContext();
      const complaints: string[] = [];
      const tab = async (name: string): Promise<Page> => {
        const page = await context.newPage();
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(String(error)));
        await page.goto(`${server.url}?name=${name}`);
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
