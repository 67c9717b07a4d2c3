import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import page from '../../src/inspect/page/index.html';
import { type InspectorServer, serve } from '../../src/inspect/server.js';
import { CHROMIUM, chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { FakeData, START_MS, receiverRow, seenSend, signalRow } from './fake-data.js';
import { fakeShop, passSecond, randomFrom } from './fake-shop.js';
import { cells, column, eventually, faultsOf, rowsOf, select, table } from './page-reading.js';

const TOKEN = 'dGhlLXRva2VuLW9mLXRoaXMtdGVzdCEh';
const describeInChromium = chromiumIsMissing ? describe.skip : describe;

let browser: Browser;
let opened: Opened[] = [];

interface Opened {
  readonly page: Page;
  readonly server: InspectorServer;
  /** What the console said, and what the page asked for. */
  readonly complaints: string[];
  readonly requests: { readonly url: string; readonly referer: string | undefined }[];
}

async function open(data: FakeData, options: BrowserContextOptions = {}): Promise<Opened> {
  const server = await serve({ data, page, token: TOKEN, port: 0, updateEveryMs: 100 });
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, timezoneId: 'UTC', ...options });
  const tab = await context.newPage();
  const one: Opened = { page: tab, server, complaints: [], requests: [] };
  tab.on('console', (message) => one.complaints.push(message.text()));
  tab.on('pageerror', (error) => one.complaints.push(String(error)));
  tab.on('request', (request) => one.requests.push({ url: request.url(), referer: request.headers()['referer'] }));
  opened.push(one);
  await tab.goto(`http://127.0.0.1:${server.port}/#${TOKEN}`);
  await tab.getByRole('status').filter({ hasText: 'live' }).waitFor();
  return one;
}

const exact = (count: number): string => count.toLocaleString('en');

describeInChromium(`the page in ${CHROMIUM}`, () => {
  beforeAll(async () => {
    browser = await launchChromium('--host-resolver-rules=MAP evil.example 127.0.0.1');
  });

  afterEach(async () => {
    for (const one of opened) {
      await one.page.context().close();
      await one.server.close();
    }
    opened = [];
  });

  afterAll(() => browser.close());

  describe('what it shows (I16)', () => {
    it('is the counts of the snapshot, in the table of signals', async () => {
      const data = fakeShop();
      const { page: tab, complaints } = await open(data);
      const expected = data.snapshot().signals.map(({ name, perSecond, sends, failures, inFlight }) => ({
        Signal: name,
        'Per second': exact(perSecond),
        Sends: exact(sends),
        Failures: exact(failures),
        'In flight': exact(inFlight),
      }));
      await eventually(async () => {
        const shown = await cells(tab, 'Signals');
        const byName = new Map(shown.map((row) => [row['Signal'], row]));
        expect(expected.map(({ Signal }) => byName.get(Signal))).toEqual(
          expected.map((row) => expect.objectContaining(row) as unknown),
        );
        expect(shown).toHaveLength(expected.length);
      });
      passSecond(data, randomFrom(3));
      const rates = new Map(data.snapshot().signals.map(({ name, perSecond }) => [name, exact(perSecond)]));
      await eventually(async () => {
        const shown = await cells(tab, 'Signals');
        expect(new Map(shown.map((row) => [row['Signal'], row['Per second']]))).toEqual(
          new Map(
            [...rates].sort(
              (a, b) =>
                shown.findIndex((row) => row['Signal'] === a[0]) - shown.findIndex((row) => row['Signal'] === b[0]),
            ),
          ),
        );
      });
      expect(complaints).toEqual([]);
    });

    it('has all tables, a search box and a picture at any time', async () => {
      const { page: tab } = await open(new FakeData());
      for (const name of ['Signals', 'Receivers', 'Sends', 'Why', 'Threads and nodes']) {
        expect(await table(tab, name).count()).toBe(1);
      }
      expect(await tab.getByRole('searchbox').count()).toBe(1);
      expect(await tab.getByRole('figure', { name: 'Picture' }).count()).toBe(1);
      expect(await tab.getByRole('columnheader').allTextContents()).toEqual(
        expect.arrayContaining(['Signal', 'Last minute', 'Failures', 'In flight', 'p50', 'p99']),
      );
      expect(await table(tab, 'Signals').textContent()).toContain('No signals yet');
    });

    it('is the receivers and sends of the signal that is selected, and why a send called them', async () => {
      const data = fakeShop();
      const order = [...data.signals.values()].find(({ name }) => name === 'order.placed') ?? signalRow(0, '');
      const { page: tab } = await open(data);
      await select(tab, 'Signals', 'order.placed');
      await eventually(async () => {
        const calls = new Map((await cells(tab, 'Receivers')).map((row) => [row['Receiver'], row['Calls']]));
        for (const { name, site, calls: count } of order.receivers) {
          expect(calls.get(`${name}${site ?? ''}`)).toBe(exact(count));
        }
        expect(calls.size).toBe(order.receivers.length);
      });
      const sends = data.sends(order.id, 100);
      await eventually(async () => expect(await rowsOf(tab, 'Sends').count()).toBe(sends.length));
      const send = data.kept.find(({ signalId }) => signalId === order.id) ?? seenSend(0, order);
      await rowsOf(tab, 'Sends')
        .and(tab.locator(`[data-id="${send.id}"]`))
        .click();
      await eventually(async () => {
        const shown = (await cells(tab, 'Why')).map((row) => [row['Receiver'], row['Called']]);
        expect(shown).toEqual(
          data.whyNot(send.id)?.map(({ name, called }) => [name, called ? 'called' : 'not called']),
        );
      });
      const because = await column(tab, 'Why', 'Because');
      expect(because).toEqual(data.whyNot(send.id)?.map((why) => expect.stringMatching(`^${why.because}`)));
      await eventually(async () => {
        const picture = await tab.getByRole('figure', { name: 'Picture' }).textContent();
        for (const { name } of order.receivers) expect(picture).toContain(name);
      });
    });

    it('is the threads and nodes', async () => {
      const data = fakeShop();
      const { page: tab } = await open(data);
      await eventually(async () => {
        const shown = await cells(tab, 'Threads and nodes');
        const byName = [...data.peers].sort((a, b) => a.name.localeCompare(b.name));
        expect(shown.map((row) => [row['Name'], row['Kind'], row['Results'], row['Failures']])).toEqual(
          byName.map(({ name, kind, results, failures }) => [name, kind ?? '–', exact(results), exact(failures)]),
        );
      });
    });

    it('leaves a signal that is gone', async () => {
      const data = fakeShop();
      const { page: tab } = await open(data);
      await select(tab, 'Signals', 'order.placed');
      const [order] = [...data.signals.values()].filter(({ name }) => name === 'order.placed');
      await eventually(async () => expect(await rowsOf(tab, 'Receivers').count()).toBe(order?.receivers.length));
      data.remove(order?.id ?? 0);
      await eventually(async () => expect(await rowsOf(tab, 'Receivers').count()).toBe(0));
      expect(await column(tab, 'Signals', 'Signal')).not.toContain('order.placed');
      await eventually(async () => expect(await column(tab, 'Sends', 'Signal')).toContain('request.started'));
    });

    it('says that a send is no longer kept', async () => {
      const data = fakeShop();
      data.explanations.clear();
      const { page: tab } = await open(data);
      await eventually(async () => expect(await rowsOf(tab, 'Sends').count()).toBeGreaterThan(0));
      await rowsOf(tab, 'Sends').last().click();
      await eventually(async () => expect(await table(tab, 'Why').textContent()).toContain('no longer kept'));
    });
  });

  describe('finding a signal (I16)', () => {
    it.each([
      ['Signal', 'ascending', ['cache.missed', 'config.changed']],
      ['Per second', 'descending', ['request.finished', 'request.started']],
      ['Failures', 'descending', ['order.placed', 'stock.low']],
      ['In flight', 'descending', ['order.placed', 'stock.low']],
      ['p99', 'descending', ['stock.low', 'order.placed']],
    ])('sorts by %s, %s first', async (title, direction, first) => {
      const { page: tab } = await open(fakeShop());
      const header = table(tab, 'Signals').getByRole('columnheader', { name: title });
      await table(tab, 'Signals')
        .getByRole('columnheader', { name: title === 'Signal' ? 'Sends' : 'Signal' })
        .getByRole('button')
        .click();
      await header.getByRole('button').click();
      expect(await header.getAttribute('aria-sort')).toBe(direction);
      await eventually(async () => expect((await column(tab, 'Signals', 'Signal')).slice(0, 2)).toEqual(first));
      const order = await column(tab, 'Signals', 'Signal');
      await header.getByRole('button').click();
      await eventually(async () => expect((await column(tab, 'Signals', 'Signal'))[0]).not.toBe(order[0]));
    });

    it('shows the signals whose name has the searched text, and of these the failing ones', async () => {
      const { page: tab } = await open(fakeShop());
      await tab.getByRole('searchbox').fill('ORDER');
      await eventually(async () =>
        expect((await column(tab, 'Signals', 'Signal')).sort()).toEqual(['order.placed', 'order.shipped']),
      );
      await tab.getByRole('button', { name: /^failing/ }).click();
      await eventually(async () => expect(await column(tab, 'Signals', 'Signal')).toEqual(['order.placed']));
      await tab.getByRole('searchbox').fill('nothing like it');
      await eventually(async () => expect(await table(tab, 'Signals').textContent()).toContain('No signal'));
    });

    it('is possible by keyboard alone', async () => {
      const { page: tab } = await open(fakeShop());
      await rowsOf(tab, 'Signals').first().getByRole('button').focus();
      const order = await column(tab, 'Signals', 'Signal');
      const focused = () => tab.evaluate(() => document.activeElement?.textContent);
      for (const [key, index] of [
        ['ArrowDown', 1],
        ['ArrowDown', 2],
        ['ArrowUp', 1],
        ['End', order.length - 1],
        ['Home', 0],
      ] as const) {
        await tab.keyboard.press(key);
        await eventually(async () => expect([key, await focused()]).toEqual([key, order[index]]));
      }
      await tab.keyboard.press('Enter');
      await eventually(async () => expect(await tab.locator('.signal h2').textContent()).toBe(order[0]));
      await tab.keyboard.press('Escape');
      await eventually(async () => expect(await tab.locator('.signal h2').count()).toBe(0));
    });

    it('keeps the order of rows while the pointer is on them', async () => {
      const data = fakeShop();
      const { page: tab } = await open(data);
      await eventually(async () => expect(await rowsOf(tab, 'Signals').count()).toBe(data.signals.size));
      const order = await column(tab, 'Signals', 'Signal');
      await rowsOf(tab, 'Signals').nth(3).hover();
      const last = [...data.signals.values()].find(({ name }) => name === order.at(-1)) ?? signalRow(0, '');
      data.set({ ...last, perSecond: 99_999 });
      await eventually(async () => expect((await column(tab, 'Signals', 'Per second')).at(-1)).toBe('99,999'));
      expect(await column(tab, 'Signals', 'Signal')).toEqual(order);
      await tab.mouse.move(5, 5);
      await eventually(async () => expect((await column(tab, 'Signals', 'Signal'))[0]).toBe(last.name));
    });
  });

  describe('with 10,000 signals (I16)', () => {
    it('draws the rows in view, and reaches all of them', async () => {
      const data = new FakeData();
      const rows = Array.from({ length: 10_000 }, (_, index) =>
        signalRow(index + 1, `device ${index + 1}`, { sends: index }),
      );
      data.set(...rows);
      const { page: tab } = await open(data);
      await eventually(async () => expect(await table(tab, 'Signals').getAttribute('aria-rowcount')).toBe('10001'));
      expect(await rowsOf(tab, 'Signals').count()).toBeLessThan(100);
      await table(tab, 'Signals').getByRole('columnheader', { name: 'Sends' }).getByRole('button').click();
      await eventually(async () => expect((await column(tab, 'Signals', 'Signal'))[0]).toBe('device 10000'));
      await rowsOf(tab, 'Signals').first().getByRole('button').focus();
      await tab.keyboard.press('End');
      await eventually(async () => {
        expect(await tab.evaluate(() => document.activeElement?.textContent)).toBe('device 1');
        const box = await rowsOf(tab, 'Signals').last().boundingBox();
        const around = await tab.locator('.signals .scroller').boundingBox();
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual((around?.y ?? 0) + (around?.height ?? 0) + 1);
      });
      expect(await rowsOf(tab, 'Signals').count()).toBeLessThan(100);
      await tab.getByRole('searchbox').fill('device 777');
      await eventually(async () => expect(await rowsOf(tab, 'Signals').count()).toBe(11));
    });
  });

  describe('sends that come faster than anybody reads (I16)', () => {
    it('stay where they are while one is selected, and follow again after that', async () => {
      const data = new FakeData();
      const signal = signalRow(1, 'ticked', { sends: 1 });
      const more = (from: number): void => {
        data.kept = Array.from({ length: 100 }, (_, index) => seenSend(from + index, signal, { at: START_MS + from }));
        data.set({ ...signal, sends: from });
      };
      more(1);
      const { page: tab } = await open(data);
      await eventually(async () => expect(await rowsOf(tab, 'Sends').first().getAttribute('data-id')).toBe('100'));
      await rowsOf(tab, 'Sends').first().click();
      more(5_001);
      await eventually(async () => expect(await column(tab, 'Signals', 'Sends')).toEqual(['5,001']));
      // Another answer to `/sends` has come by then.
      const asked = () => opened[0]?.requests.filter(({ url }) => url.includes('/sends')).length ?? 0;
      const before = asked();
      await eventually(async () => {
        data.touch();
        await Promise.resolve();
        expect(asked()).toBeGreaterThan(before + 1);
      });
      expect(await rowsOf(tab, 'Sends').first().getAttribute('data-id')).toBe('100');
      await tab.getByRole('button', { name: 'Show the newest' }).click();
      await tab.mouse.move(5, 5);
      await eventually(async () => {
        data.touch();
        expect(await rowsOf(tab, 'Sends').first().getAttribute('data-id')).toBe('5100');
      });
    });

    it('do not change the page while it is paused', async () => {
      const data = fakeShop();
      const { page: tab } = await open(data);
      await eventually(async () => expect(await rowsOf(tab, 'Signals').count()).toBe(data.signals.size));
      const before = await column(tab, 'Signals', 'Sends');
      await tab.getByRole('button', { name: 'Pause' }).click();
      passSecond(data, randomFrom(3));
      await tab.getByRole('status').filter({ hasText: 'paused' }).waitFor();
      expect(await column(tab, 'Signals', 'Sends')).toEqual(before);
      await tab.getByRole('button', { name: 'Go on' }).click();
      await eventually(async () => expect(await column(tab, 'Signals', 'Sends')).not.toEqual(before));
    });
  });

  describe('a process that is gone', () => {
    it('is told, with the last counts, until it is there again', async () => {
      const data = fakeShop();
      const one = await open(data);
      const { page: tab, server } = one;
      await eventually(async () => expect(await rowsOf(tab, 'Signals').count()).toBe(data.signals.size));
      const { port } = server;
      await server.close();
      await tab.getByText('Process 4711 is gone.').waitFor();
      expect(await rowsOf(tab, 'Signals').count()).toBe(data.signals.size);
      const again = await serve({ data, page, token: TOKEN, port, updateEveryMs: 100 });
      opened.push({ ...one, server: again });
      await tab.getByRole('status').filter({ hasText: 'live' }).waitFor();
      expect(await tab.getByText('is gone').count()).toBe(0);
    });
  });

  describe('names (I16)', () => {
    const HOSTILE = [
      '<img src=x onerror="document.title=`hit`">',
      '</script><script>document.title="hit"</script>',
      '"><svg onload=alert(1)>',
      '&lt;b&gt; &amp; <b>bold</b>',
      '\u202Egnp.exe',
      '  two  spaces ',
      'x'.repeat(500),
      '名前🚂',
    ];

    it.each(HOSTILE)('are text: %j', async (name) => {
      const data = new FakeData();
      const receiver = receiverRow(2, name, {
        calls: 1,
        site: name,
        lastFailure: { at: START_MS, name, code: name },
        failures: 1,
      });
      const signal = signalRow(1, name, { sends: 1, peers: [name], receivers: [receiver] });
      const call = { receiverId: 2, name, status: 'rejected', error: { at: START_MS, name, code: null } } as const;
      data.managers = [{ id: 1, name, pending: 0 }];
      data.peers = [{ name, kind: 'node', results: 1, failures: 1 }];
      data.kept = [seenSend(3, signal, { kwargs: [name], peers: [name], calls: [call] })];
      data.explanations.set(3, [{ receiverId: 2, name, called: true, because: 'unfiltered' }]);
      data.set(signal);
      const { page: tab, complaints, requests } = await open(data);
      await eventually(async () => expect(await rowsOf(tab, 'Signals').count()).toBe(1));
      const raw = (where: string): Promise<string | null> => rowsOf(tab, where).locator('.name').first().textContent();
      expect(await raw('Signals')).toBe(name);
      await rowsOf(tab, 'Signals').click();
      await eventually(async () => expect(await raw('Receivers')).toBe(name));
      await eventually(async () => expect(await rowsOf(tab, 'Sends').count()).toBe(1));
      await rowsOf(tab, 'Sends').click();
      await eventually(async () => expect(await raw('Why')).toBe(name));
      expect(await raw('Threads and nodes')).toBe(name);
      expect(await rowsOf(tab, 'Sends').locator('.of-kwargs').textContent()).toBe(name);
      expect(await tab.locator('.signal h2').textContent()).toBe(name);
      expect(await tab.locator('img, b, body script:not([type=module]), iframe').count()).toBe(0);
      expect(await tab.title()).toContain('4711');
      expect(complaints).toEqual([]);
      expect(requests.every(({ url }) => url.startsWith(`http://127.0.0.1:`))).toBe(true);
    });
  });

  describe('the token (I2)', () => {
    it('leaves the address bar, and is in no address, title or Referer', async () => {
      const { page: tab, requests, server } = await open(fakeShop());
      await eventually(async () => expect(requests.some(({ url }) => url.includes('/sends'))).toBe(true));
      expect(tab.url()).toBe(`http://127.0.0.1:${server.port}/`);
      expect(await tab.evaluate(() => history.length)).toBe(2);
      expect(await tab.evaluate(() => JSON.stringify(history.state))).toBe('null');
      expect(requests.filter(({ url }) => url.includes('?')).filter(({ url }) => url.includes(TOKEN))).toEqual([]);
      expect(requests.map(({ referer }) => referer ?? '').join('')).toBe('');
      expect(await tab.content()).not.toContain(TOKEN);
    });

    it('is kept by the tab, so that the page can be loaded again', async () => {
      const { page: tab } = await open(fakeShop());
      await tab.reload();
      await tab.getByRole('status').filter({ hasText: 'live' }).waitFor();
    });

    it('of a new inspector at the same address is taken in the same tab', async () => {
      const one = await open(fakeShop());
      const { page: tab, server } = one;
      const { port } = server;
      await server.close();
      await tab.getByText('Process 4711 is gone.').waitFor();
      const token = TOKEN.replace(/^d/, 'e');
      const again = await serve({ data: fakeShop(), page, token, port, updateEveryMs: 100 });
      opened.push({ ...one, server: again });
      // Only the fragment changes.
      await tab.evaluate((hash) => void (location.hash = hash), token);
      await tab.getByRole('status').filter({ hasText: 'live' }).waitFor();
      expect(tab.url()).toBe(`http://127.0.0.1:${port}/`);
    });

    it('if missing or wrong, is told', async () => {
      const { page: tab, server } = await open(fakeShop());
      for (const fragment of ['', '#wrong']) {
        const other = await tab.context().newPage();
        await other.goto(`http://127.0.0.1:${server.port}/${fragment}`);
        await other.getByText('This address has no valid token.').waitFor();
      }
    });
  });

  describe('another site', () => {
    it('that points its own name to this address gets no data (I3)', async () => {
      const { server } = await open(fakeShop());
      const tab = await browser.newPage();
      for (const path of ['', 'snapshot', 'events']) {
        const response = await tab.goto(`http://evil.example:${server.port}/${path}`);
        expect(response?.status()).toBe(403);
        expect(await tab.evaluate(() => document.body.textContent)).toBe('{"error":"host"}');
      }
      await tab.close();
    });

    it('reads nothing, and cannot show the page in a frame (I4, I7)', async () => {
      const { server } = await open(fakeShop());
      const evil = createServer((_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>evil');
      });
      await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
      const { port } = evil.address() as AddressInfo;
      const tab = await browser.newPage();
      for (const name of ['127.0.0.1', 'localhost']) {
        await tab.goto(`http://${name}:${port}/`);
        const read = (url: string) =>
          tab.evaluate(async (target) => {
            const simple = fetch(target).then((response) => response.text());
            const withToken = fetch(target, { headers: { Authorization: 'Bearer x' } });
            const opaque = fetch(target, { mode: 'no-cors' }).then((response) => response.text());
            return (await Promise.allSettled([simple, withToken, opaque])).map((outcome) =>
              outcome.status === 'fulfilled' ? outcome.value : 'blocked',
            );
          }, url);
        for (const path of ['', 'snapshot', 'sends']) {
          expect(await read(`http://127.0.0.1:${server.port}/${path}`)).toEqual(['blocked', 'blocked', '']);
        }
        await tab.evaluate((url) => {
          const frame = document.createElement('iframe');
          frame.src = url;
          document.body.append(frame);
          return new Promise((resolve) => frame.addEventListener('load', resolve));
        }, `http://127.0.0.1:${server.port}/`);
        // The address follows the event.
        await eventually(() => {
          const url = tab.frames()[1]?.url();
          return url === 'chrome-error://chromewebdata/'
            ? Promise.resolve()
            : Promise.reject(new Error(`shows ${url}`));
        });
      }
      await tab.close();
      evil.close();
    });
  });

  describe('everybody can read it (I16)', () => {
    it.each([
      ['light', 1440],
      ['dark', 1440],
      ['light', 390],
      ['dark', 390],
    ] as const)('%s, %i pixels wide: contrast of WCAG AA, and no fault that axe finds', async (colorScheme, width) => {
      const { page: tab } = await open(fakeShop(), { colorScheme, viewport: { width, height: 900 } });
      await select(tab, 'Signals', 'order.placed');
      await eventually(async () => expect(await rowsOf(tab, 'Sends').count()).toBeGreaterThan(0));
      await rowsOf(tab, 'Sends').first().click();
      await eventually(async () => expect(await rowsOf(tab, 'Why').count()).toBeGreaterThan(0));
      expect(await faultsOf(tab)).toEqual([]);
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    });
  });
});
