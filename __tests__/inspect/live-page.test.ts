import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ANY, SignalManager } from 'signalbox';
import { Bridge, memoryEngine } from 'signalbox/bridge';
import { SignalBus } from 'signalbox/bus';
import { type Inspector, type SeenSend, inspect } from 'signalbox/inspect';
import type { Tally } from '../../src/inspect/types.js';
import { duration, exact } from '../../src/inspect/page/format.js';
import { CHROMIUM, chromiumIsMissing, launchChromium } from '../helpers/chromium.js';
import { deferred } from '../helpers/promises.js';
import { cells, eventually, rowsOf, select } from './page-reading.js';

// A process with everything that has a row: what the page shows is compared with what the inspector says.

const describeInChromium = chromiumIsMissing ? describe.skip : describe;

const time = (ms: number | null): string => (ms === null ? '–' : duration(ms));
const tallyCells = ({ inFlight, p50Ms, p99Ms }: Tally) => ({
  'In flight': exact(inFlight),
  p50: time(p50Ms),
  p99: time(p99Ms),
});

/** How the page sums up the calls of a send. */
function resultsOf({ calls }: SeenSend): string {
  const words = { fulfilled: 'ok', rejected: 'failed', pending: 'pending' };
  const parts = Object.entries(words).flatMap(([status, word]) => {
    const many = calls.filter((call) => call.status === status).length;
    return many === 0 ? [] : [`${many} ${word}`];
  });
  return parts.length === 0 ? 'nobody called' : parts.join('');
}

const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const sorted = <T extends object>(rows: readonly T[]): T[] => [...rows].sort(byText);

/** Shows the columns of the expected rows. */
const shownAs = (shown: readonly Partial<Record<string, string>>[], expected: readonly object[]) =>
  sorted(shown.map((row) => Object.fromEntries(Object.keys(expected[0] ?? {}).map((title) => [title, row[title]]))));

describeInChromium(`the page of a live process in ${CHROMIUM} (I10, I14, I16)`, () => {
  let browser: Browser;
  let tab: Page;
  let inspector: Inspector;
  let state: string;
  const stateHome = process.env['XDG_STATE_HOME'];
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    state = mkdtempSync(path.join(tmpdir(), 'signalbox-live-page-'));
    process.env['XDG_STATE_HOME'] = state;
    const manager = new SignalManager({ name: 'shop', onError: null });
    inspector = await inspect({ managers: [manager], onReady: null });
    await makeHistory(manager);
    browser = await launchChromium();
    tab = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    await tab.goto(inspector.url);
  });

  afterAll(async () => {
    await browser.close();
    for (const end of ends.reverse()) await end();
    await inspector.close();
    if (stateHome === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = stateHome;
    rmSync(state, { recursive: true, force: true });
  });

  /** Sends of all kinds, to receivers of all kinds; one send stays in flight. */
  async function makeHistory(manager: SignalManager): Promise<void> {
    ends.push(() => manager.close());
    const engine = memoryEngine();
    const far = new SignalManager({ onError: null });
    const here = new Bridge(manager, engine, { namespace: 'n', node: 'here' });
    const there = new Bridge(far, engine, { namespace: 'n', node: 'warehouse' });
    ends.push(() => Promise.all([here.close(), there.close(), far.close()]));
    await Promise.all([here.share(manager.signal('order.placed')), there.share(far.signal('order.placed'))]);
    far.signal('order.placed').connect(() => 1);
    far.signal('order.placed').connect(() => {
      throw new Error('no stock');
    });
    await Promise.all([here.ready({ nodes: 2 }), there.ready({ nodes: 2 })]);

    manager.connect(function audit() {}, ANY);
    const order = manager.signal<{ n: number }>('order.placed');
    order.connect(function reserve() {});
    order.connect(function charge({ n }) {
      if (n % 3 === 0) throw Object.assign(new RangeError('x'), { code: 'ERR_CARD' });
    });
    order.connect(function packBooks() {}, { key: 'books' });
    for (let n = 0; n < 9; n++) await order.send({ n }, { key: n % 2 === 0 ? 'books' : 'music' });
    function move(): void {}
    for (let n = 0; n < 70; n++) {
      manager.signal(`device ${n}`).connect(move);
      manager.signal(`device ${n}`).emit();
    }
    const slow = manager.signal('stock.counted');
    const done = deferred();
    slow.connect(async function countStock() {
      await done.promise;
    });
    slow.connect(function log() {});
    await manager.signal('price.asked').sendSerial({}, { until: () => true });
    const sent = slow.send();
    ends.push(() => {
      done.resolve();
      return sent;
    });
    const bus = new SignalBus({ manager, onError: null });
    ends.push(() => bus.stop());
    bus.subscriber('mail', function deliver({ fails }: { fails: boolean }) {
      if (fails) throw new TypeError('x');
    });
    await bus.start();
    for (const fails of [false, true, false]) await bus.publish('mail', { fails });
  }

  it('shows the signals of `snapshot()`, also those that have to be searched for', async () => {
    for (const [word, expectedRows] of [
      ['device 1', 11],
      ['.', 3],
      ['mail', 1],
    ] as const) {
      await tab.getByRole('searchbox').fill(word);
      await eventually(async () => {
        const rows = inspector.snapshot().signals.filter(({ name }) => name.includes(word));
        const expected = rows.map((row) => ({
          Signal: row.name,
          'Per second': exact(row.perSecond),
          Sends: exact(row.sends),
          Failures: exact(row.failures),
          ...tallyCells(row),
        }));
        expect(shownAs(await cells(tab, 'Signals'), expected)).toEqual(sorted(expected));
        expect(rows).toHaveLength(expectedRows);
      });
    }
    await tab.getByRole('searchbox').fill('');
  });

  it('shows their sum', async () => {
    await eventually(async () => {
      const { signals, managers } = inspector.snapshot();
      const sum = (of: (row: (typeof signals)[number]) => number) =>
        exact(signals.reduce((all, row) => all + of(row), 0));
      const shown = await tab.locator('.totals dd').allTextContents();
      expect(shown.slice(0, 6)).toEqual([
        sum(({ perSecond }) => perSecond),
        `${exact(signals.filter(({ perSecond }) => perSecond > 0).length)} of ${exact(signals.length)} signals`,
        sum(({ failures }) => failures),
        'in 1 signal',
        sum(({ inFlight }) => inFlight),
        `${managers.reduce((all, { pending }) => all + pending, 0)} pending in managers`,
      ]);
    });
  });

  it.each([['order.placed'], ['stock.counted'], ['mail'], ['device 7']])(
    'shows the receivers and sends of %s, and why they were called',
    async (name) => {
      await tab.getByRole('searchbox').fill(name);
      await select(tab, 'Signals', name);
      const row = () => {
        const found = inspector.snapshot().signals.find((each) => each.name === name);
        if (found === undefined) throw new Error(`no row of ${name}`);
        return found;
      };
      await eventually(async () => {
        const expected = row().receivers.map((receiver) => ({
          Receiver: receiver.name,
          Calls: exact(receiver.calls),
          Failures: exact(receiver.failures) + (receiver.lastFailure?.code ?? receiver.lastFailure?.name ?? ''),
          ...tallyCells(receiver),
        }));
        expect(expected).not.toEqual([]);
        expect(shownAs(await cells(tab, 'Receivers'), expected)).toEqual(sorted(expected));
      });
      const sends = inspector.sends().filter(({ signalId }) => signalId === row().id);
      await eventually(async () => {
        const expected = sends.map((send) => ({
          Took: send.durationMs === null ? 'in flight' : duration(send.durationMs),
          Results: resultsOf(send),
          'Also to': send.peers.join(', '),
        }));
        expect(shownAs(await cells(tab, 'Sends'), expected)).toEqual(sorted(expected));
      });
      const [newest] = sends;
      await rowsOf(tab, 'Sends').first().click();
      await eventually(async () => {
        const why = inspector.whyNot(newest?.id ?? 0) ?? [];
        const shown = (await cells(tab, 'Why')).map((each) => [each['Receiver'], each['Called']]);
        expect(shown).toEqual(why.map((each) => [each.name, each.called ? 'called' : 'not called']));
        expect(shown).not.toEqual([]);
      });
      await tab.keyboard.press('Escape');
      await tab.getByRole('searchbox').fill('');
    },
  );

  it('shows the nodes', async () => {
    await eventually(async () => {
      const expected = inspector.snapshot().peers.map(({ name, kind, results, failures }) => ({
        Name: name,
        Kind: kind,
        Results: exact(results),
        Failures: exact(failures),
      }));
      expect(expected).toEqual([{ Name: 'warehouse', Kind: 'node', Results: '18', Failures: '9' }]);
      expect(shownAs(await cells(tab, 'Threads and nodes'), expected)).toEqual(expected);
    });
  });
});
