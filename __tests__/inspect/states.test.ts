import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import page from '../../src/inspect/page/index.html';
import { type InspectorServer, serve } from '../../src/inspect/server.js';
import { CHROMIUM, chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { FakeData, receiverRow, seenSend, signalRow } from './fake-data.js';
import { fakeShop, historyOf, randomFrom } from './fake-shop.js';
import { faultsOf, rowsOf, select } from './page-reading.js';

// The states of the page that somebody has to look at. `SIGNALBOX_PICTURES=<folder>` keeps a picture of each, in all looks.

const TOKEN = 'dGhlLXRva2VuLW9mLXRoaXMtdGVzdCEh';
const pictures = process.env['SIGNALBOX_PICTURES'];
const describeInChromium = chromiumIsMissing ? describe.skip : describe;

const LOOKS = [
  ['light', 1440],
  ['dark', 390],
  ...(pictures === undefined ? [] : ([['dark', 1440] as const, ['light', 390] as const] as const)),
] as const;

interface State {
  readonly data: () => FakeData;
  /** What a person does to see it. */
  readonly act?: (tab: Page, server: InspectorServer) => Promise<void>;
  readonly token?: string;
  /** Whether tables are too wide, and scroll. */
  readonly wide?: boolean;
}

/** 10,000 signals, of which 1,000 are busy. */
function manySignals(): FakeData {
  const random = randomFrom(11);
  const data = new FakeData();
  data.managers = [{ id: 1, name: 'fleet', pending: 12 }];
  data.set(
    ...Array.from({ length: 10_000 }, (_, index) => {
      const history = index % 10 === 0 ? historyOf(5, random) : historyOf(0, random);
      const sends = history.reduce((sum, each) => sum + each, 0);
      const times = sends > 0 ? { p50Ms: 0.4 * random(), p99Ms: 3 * random() } : {};
      return signalRow(index + 1, `fleet.device.${index + 1}.moved`, {
        history,
        sends,
        perSecond: history.at(-1) ?? 0,
        ...times,
      });
    }),
  );
  return data;
}

/** 5,000 sends a second of ten receivers each, over 200 signals, some of them in flight. */
function busySignals(): FakeData {
  const random = randomFrom(5);
  const data = new FakeData();
  data.managers = [{ id: 1, name: 'gateway', pending: 180 }];
  const rows = Array.from({ length: 200 }, (_, index) => {
    const history = historyOf(25, random);
    const receivers = Array.from({ length: 10 }, (__, at) =>
      receiverRow(10_000 + index * 10 + at, `handle${at + 1}`, { calls: 1_500_000 + index, p50Ms: 0.02, p99Ms: 0.3 }),
    );
    return signalRow(index + 1, `route.${index + 1}.requested`, {
      history,
      sends: 1_500_000 + index,
      perSecond: history.at(-1) ?? 0,
      inFlight: index % 3,
      failures: index % 40 === 0 ? 12_345 : 0,
      p50Ms: 0.061,
      p99Ms: 0.8,
      receivers,
    });
  });
  data.set(...rows);
  data.kept = Array.from({ length: 100 }, (_, index) => {
    const signal = rows[index] ?? signalRow(1, '');
    const calls = signal.receivers.map(({ id, name }) => {
      return { receiverId: id, name, status: 'fulfilled', error: null } as const;
    });
    return seenSend(5_000_000 + index, signal, { durationMs: 0.05, kwargs: ['request', 'response', 'user'], calls });
  });
  return data;
}

/** Names as long as they get, of signals, receivers, threads and managers. */
function longNames(): FakeData {
  const long = (word: string): string => `${word}.`.repeat(40).slice(0, 200);
  const data = new FakeData();
  data.managers = ['a', 'b', 'c'].map((name, index) => ({ id: index + 1, name: long(name), pending: 123_456_789 }));
  data.peers = [{ name: long('warehouse'), kind: 'node', results: 123_456_789, failures: 123_456 }];
  const error = { at: data.at, name: long('PaymentError'), code: long('ERR_CARD') };
  const receivers = [1, 2, 3].map((id) =>
    receiverRow(100 + id, long('chargeCard'), {
      calls: 123_456_789,
      failures: 123_456,
      inFlight: 1_234,
      p50Ms: 12_345,
      p99Ms: 5_400_000,
      site: `/${long('srv')}/receivers.ts:12:3`,
      lastFailure: error,
      filtered: true,
      any: id === 2,
    }),
  );
  const row = signalRow(1, long('order'), {
    sends: 123_456_789,
    perSecond: 12_345,
    failures: 1_234_567,
    inFlight: 12_345,
    p50Ms: 12_345,
    p99Ms: 5_400_000,
    history: historyOf(12_345, randomFrom(3)),
    peers: [long('warehouse')],
    receivers,
  });
  data.set(row);
  const calls = receivers.map(({ id, name }) => ({ receiverId: id, name, status: 'rejected', error }) as const);
  data.kept = [seenSend(9, row, { kwargs: [long('kwarg')], peers: row.peers, durationMs: 5_400_000, calls })];
  data.explanations.set(
    9,
    receivers.map(({ id, name }) => ({ receiverId: id, name, called: true, because: 'key' })),
  );
  return data;
}

async function explainSend(tab: Page): Promise<void> {
  await rowsOf(tab, 'Signals').first().waitFor();
  await select(tab, 'Signals', 'order');
  await rowsOf(tab, 'Sends').first().click();
  await rowsOf(tab, 'Why').first().waitFor();
}

const STATES: Readonly<Record<string, State>> = {
  'no signals yet': {
    data: () => Object.assign(new FakeData(), { managers: [{ id: 1, name: 'shop', pending: 0 }] }),
  },
  'a shop': { data: fakeShop },
  'why not': { data: fakeShop, act: explainSend },
  '10,000 signals': { data: manySignals },
  '5,000 sends a second': { data: busySignals },
  'long names': { data: longNames, act: explainSend, wide: true },
  'nothing found': {
    data: fakeShop,
    act: (tab) => tab.getByRole('searchbox').fill('no such signal'),
  },
  'process gone': {
    data: fakeShop,
    act: async (tab, server) => {
      await rowsOf(tab, 'Signals').first().waitFor();
      await server.close();
      await tab.getByText('is gone').waitFor();
    },
  },
  'no token': { data: fakeShop, token: '#wrong', act: (tab) => tab.getByText('no valid token').waitFor() },
};

/** The cells whose content lies over the next one. */
function overflowing(tab: Page): Promise<string[]> {
  return tab.locator('td').evaluateAll((all: HTMLElement[]) =>
    all
      .filter((cell) => {
        const { right } = cell.getBoundingClientRect();
        return [...cell.querySelectorAll('*')].some((each) => each.getBoundingClientRect().right > right + 1);
      })
      .map((cell) => `${cell.dataset['title']}: ${cell.textContent}`),
  );
}

/** The tables that are wider than their panel. */
function scrolledSideways(tab: Page): Promise<(string | null | undefined)[]> {
  return tab
    .locator('.scroller')
    .evaluateAll((all) =>
      all
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map((box) => box.querySelector('table')?.getAttribute('aria-label')),
    );
}

describeInChromium(`a state of the page in ${CHROMIUM} (I16)`, () => {
  let browser: Browser;
  let server: InspectorServer;

  beforeAll(async () => {
    browser = await launchChromium();
    if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
  });
  afterEach(() => server.close());
  afterAll(() => browser.close());

  it.each(Object.entries(STATES).flatMap(([name, state]) => LOOKS.map((look) => ({ name, state, look }))))(
    '$name, $look: has the contrast of WCAG AA, no fault that axe finds, and fits into the width',
    async ({ name, state: { data, token = `#${TOKEN}`, act, wide = false }, look: [colorScheme, width] }) => {
      server = await serve({ data: data(), page, token: TOKEN, port: 0, updateEveryMs: 100 });
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 1000 }, timezoneId: 'UTC' });
      const tab = await context.newPage();
      await tab.goto(`http://127.0.0.1:${server.port}/${token}`);
      await tab.locator('.app:not(.is-connecting)').waitFor();
      await act?.(tab, server);
      await tab.mouse.move(0, 0);
      if (pictures !== undefined) {
        const file = `${name.replaceAll(/[ ,]+/g, '-')}-${colorScheme}-${width}.png`;
        await tab.screenshot({ path: path.join(pictures, file), fullPage: true });
      }
      expect(await faultsOf(tab)).toEqual([]);
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await overflowing(tab)).toEqual([]);
      if (!wide) expect(await scrolledSideways(tab)).toEqual([]);
      await context.close();
    },
  );
});
