import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import page from '../../src/inspect/page/index.html';
import { root } from '../helpers/package.js';
import { exact, duration, kwargs } from '../../src/inspect/page/format.js';
import { draw } from '../../src/inspect/page/picture-layout.js';
import { CalmOrder, sorted } from '../../src/inspect/page/sorting.js';
import { receiverRow, signalRow } from './fake-data.js';

// What the page computes, without a browser.

it('the guide says what the page weighs', () => {
  const guide = readFileSync(path.join(root, 'guide/inspector.md'), 'utf8');
  const [, ...limits] = /The page is one file of at most (\d+) kB, or (\d+) kB compressed/.exec(guide) ?? [];
  const weights = [page, gzipSync(page, { level: 9 })].map((each) => Buffer.byteLength(each) / 1_000);
  expect(limits).toHaveLength(2);
  for (const [index, weight] of weights.entries()) {
    expect(weight).toBeLessThanOrEqual(Number(limits[index]));
    expect(weight).toBeGreaterThan(Number(limits[index]) * 0.9);
  }
});

describe('numbers on the page', () => {
  it.each([
    [0, '<1 µs'],
    [0.001, '1 µs'],
    [0.0125, '12.5 µs'],
    [0.9994, '999 µs'],
    [0.9996, '1 ms'],
    [1.234, '1.23 ms'],
    [9.996, '10 ms'],
    [123.4, '123 ms'],
    [999.6, '1 s'],
    [61_500, '61.5 s'],
    [5_400_000, '5,400 s'],
  ])('show %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('are exact counts', () => {
    expect([0, 999, 1_234_567].map(exact)).toEqual(['0', '999', '1,234,567']);
  });
});

describe('kwargs on the page', () => {
  it('are their names, or what `show` returned', () => {
    expect([['order', 'user'], [], { id: 7 }, [1, 'a'], null, 'text'].map(kwargs)).toEqual([
      'order, user',
      '',
      '{"id":7}',
      '[1,"a"]',
      'null',
      '"text"',
    ]);
  });
});

describe('the order of rows', () => {
  const rows = (...values: readonly (number | null)[]) => values.map((value, index) => ({ id: index + 1, value }));
  const byValue = (some: readonly { readonly id: number; readonly value: number | null }[]) =>
    sorted(some, ({ value }) => value, true);
  const ids = (some: readonly { readonly id: number }[]) => some.map(({ id }) => id);

  it('has rows without a value last, in both directions', () => {
    const some = rows(null, 1, 3, null, 2);
    expect(ids(sorted(some, ({ value }) => value, true))).toEqual([3, 5, 2, 1, 4]);
    expect(ids(sorted(some, ({ value }) => value, false))).toEqual([2, 5, 3, 1, 4]);
  });

  it('has names as people count', () => {
    const names = ['b', 'a10', 'a9', 'A1'].map((name, id) => ({ id, name }));
    expect(sorted(names, ({ name }) => name, false).map(({ name }) => name)).toEqual(['A1', 'a9', 'a10', 'b']);
  });

  it('changes every two seconds, at once for another reason, and never while it is held', () => {
    const calm = new CalmOrder();
    const order = (nowMs: number, values: readonly number[], { reason = 'rate', held = false } = {}) => {
      return [ids(calm.apply(rows(...values), byValue, { reason, held, nowMs })), calm.dueInMs];
    };
    expect(order(0, [1, 2, 3])).toEqual([[3, 2, 1], undefined]);
    expect(order(1_500, [3, 2, 1])).toEqual([[3, 2, 1], 500]);
    expect(order(1_600, [3, 2, 1, 9])).toEqual([[3, 2, 1, 4], 400]);
    expect(order(1_700, [3, 2])).toEqual([[2, 1], 300]);
    expect(order(2_000, [3, 2])).toEqual([[1, 2], undefined]);
    expect(order(9_000, [2, 3], { held: true })).toEqual([[1, 2], undefined]);
    expect(order(9_100, [2, 3], { held: true, reason: 'name' })).toEqual([[2, 1], undefined]);
    expect(order(11_100, [3, 2], { reason: 'name' })).toEqual([[1, 2], undefined]);
  });
});

describe('the picture on the page', () => {
  it('has a line per receiver and peer, dashed if filtered, and one node for a receiver of two signals', () => {
    const log = receiverRow(11, 'log', { failures: 1 });
    const pack = receiverRow(12, 'pack', { filtered: true });
    const { signals, receivers, edges, more } = draw([
      signalRow(1, 'ordered', { receivers: [pack, log], peers: ['worker'] }),
      signalRow(2, 'paid', { receivers: [log], peers: ['worker'] }),
      signalRow(3, 'unheard'),
    ]);
    expect(signals.map(({ label }) => label)).toEqual(['ordered', 'paid']);
    expect(receivers.map(({ label, kind, failing }) => [label, kind, failing])).toEqual([
      ['pack', 'receiver', false],
      ['log', 'receiver', true],
      ['worker', 'peer', false],
    ]);
    const nameAt = (nodes: readonly { readonly y: number; readonly label: string }[], y: number) =>
      nodes.find((node) => node.y === y)?.label;
    expect(edges.map(({ from, to, dashed }) => [nameAt(signals, from), nameAt(receivers, to), dashed])).toEqual([
      ['ordered', 'pack', true],
      ['ordered', 'log', false],
      ['ordered', 'worker', false],
      ['paid', 'log', false],
      ['paid', 'worker', false],
    ]);
    expect(more).toBe(0);
  });

  it('has each signal beside its receivers, and those of several beside the first', () => {
    const [log, ...others] = [11, 12, 13, 14].map((id) => receiverRow(id, `r${id}`, { failures: id === 11 ? 1 : 0 }));
    if (log === undefined) throw new Error('no receiver');
    const { signals, receivers, height } = draw([
      signalRow(1, 'a', { receivers: [{ ...log, failures: 0 }, ...others] }),
      signalRow(2, 'b', { receivers: [log] }),
      signalRow(3, 'c', { receivers: [receiverRow(15, 'r15')] }),
    ]);
    expect(receivers.map(({ label, y, failing }) => [label, y / 32, failing])).toEqual([
      ['r11', 0.5, true],
      ['r12', 1.5, false],
      ['r13', 2.5, false],
      ['r14', 3.5, false],
      ['r15', 5.5, false],
    ]);
    expect(signals.map(({ label, y }) => [label, y / 32])).toEqual([
      ['a', 2],
      ['b', 4.5],
      ['c', 5.5],
    ]);
    expect(height / 32).toBe(6);
  });

  it('draws 40 signals and 30 receivers of each, and counts the others', () => {
    const receivers = (signal: number) =>
      Array.from({ length: 33 }, (_, index) => receiverRow(signal * 100 + index, `r${index}`));
    const rows = Array.from({ length: 42 }, (_, index) => {
      return signalRow(index + 1, `s${index}`, { receivers: receivers(index + 1) });
    });
    const drawing = draw(rows);
    expect([drawing.signals.length, drawing.more]).toEqual([40, 2]);
    expect(drawing.receivers.filter(({ kind }) => kind === 'more').map(({ label }) => label)).toEqual(
      Array.from({ length: 40 }, () => '3 more'),
    );
  });
});
