import { describe, expect, it } from '@jest/globals';
import { CHROMIUM, chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { requireBuild } from '../helpers/package.js';
import { servePage } from '../helpers/page-server.js';

requireBuild();

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
    const server = await servePage('__tests__/package/browser-page.ts');
    try {
      expect(await open(server.url)).toEqual({
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
