import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'node-html-parser';
import type { Browser, Page } from 'playwright-core';
import { chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { output, root } from '../helpers/package.js';

const MINUTES = 60_000;

let site: string;
let files: readonly string[];
let pages: readonly string[];

beforeAll(async () => {
  site = mkdtempSync(path.join(tmpdir(), 'signalbox-docs-'));
  await output(process.execPath, ['node_modules/typedoc/bin/typedoc', '--logLevel', 'Warn', '--out', site], root);
  files = readdirSync(site, { recursive: true, encoding: 'utf8' }).sort();
  pages = files.filter((file) => file.endsWith('.html'));
}, 10 * MINUTES);

afterAll(() => {
  rmSync(site, { recursive: true, force: true });
});

const read = (file: string) => parse(readFileSync(path.join(site, file), 'utf8'));

describe('the site that `npm run docs` writes', () => {
  it('names modules as they are imported', () => {
    const entries = [...readFileSync(path.join(root, 'entries.mjs'), 'utf8').matchAll(/^ {2}'?([\w/]+)'?: '/gm)];
    const names = entries.map(([, name = '']) => (name === 'index' ? 'signalbox' : `signalbox/${name}`));
    const modules = pages.filter((file) => file.startsWith('modules/'));
    const headings = modules.map((file) =>
      read(file)
        .querySelector('h1')
        ?.text.replace(/^Module |\u200b/g, ''),
    );
    expect(headings.sort()).toEqual(names.sort());
  });

  it('has a page for each guide and each example, and no file of code', () => {
    const documents = pages.filter((file) => file.startsWith('documents/'));
    const headings = documents.map((file) => read(file).querySelector('h1')?.text.trim());
    const guides = readdirSync(path.join(root, 'guide'))
      .filter((file) => file.endsWith('.md'))
      .map((file) => /^# (.+)$/m.exec(readFileSync(path.join(root, 'guide', file), 'utf8'))?.[1]);
    const examples = readdirSync(path.join(root, 'examples'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `Example: ${name}`);
    expect(headings).toEqual(
      expect.arrayContaining([...guides, ...examples, 'Example: demo', 'Security', 'Changelog']),
    );
    expect(files.filter((file) => /^media\/.*\.(ts|md)$/.test(file))).toEqual([]);
  });

  it('has no internal link that leads nowhere', () => {
    const idsOf = new Map<string, ReadonlySet<string>>();
    const hasId = (file: string, id: string): boolean => {
      let ids = idsOf.get(file);
      if (ids === undefined) {
        ids = new Set(
          read(file)
            .querySelectorAll('[id]')
            .map(({ id }) => id),
        );
        idsOf.set(file, ids);
      }
      return ids.has(id);
    };
    const dead: string[] = [];
    let links = 0;
    for (const page of pages) {
      for (const link of read(page).querySelectorAll('a[href], img[src], link[href], script[src]')) {
        const target = link.getAttribute('href') ?? link.getAttribute('src') ?? '';
        if (/^[a-z]+:/.test(target)) continue;
        const [, file = '', id = ''] = /^([^?#]*)[^#]*#?(.*)$/.exec(target) ?? [];
        const joined = file === '' ? page : path.join(path.dirname(page), decodeURIComponent(file));
        const name = joined === './' ? 'index.html' : joined;
        links += 1;
        const leads = files.includes(name) && (id === '' || hasId(name, decodeURIComponent(id)));
        if (!leads) dead.push(`${page}: ${target}`);
      }
    }
    expect(links).toBeGreaterThan(1_000);
    expect(dead).toEqual([]);
  });
});

(chromiumIsMissing ? describe.skip : describe)('the site in Chromium', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  }, MINUTES);

  afterAll(() => browser.close());

  const open = (file: string) => page.goto(pathToFileURL(path.join(site, file)).href);

  it(
    'has no page that scrolls sideways at a width of 390 pixels',
    async () => {
      const wide: string[] = [];
      for (const file of pages) {
        await open(file);
        const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
        if (isWide !== false) wide.push(file);
      }
      expect(wide).toEqual([]);
    },
    10 * MINUTES,
  );

  it(
    'finds words of the guides',
    async () => {
      await open('index.html');
      await page.click('#tsd-search-trigger');
      for (const [words, guide] of [
        ['timeout', 'Errors'],
        ['SIGTERM', 'Start and stop a server'],
      ] as const) {
        await page.fill('#tsd-search-input', words);
        await page.locator('#tsd-search-results a[href*="documents/"]', { hasText: guide }).waitFor();
      }
    },
    MINUTES,
  );
});
