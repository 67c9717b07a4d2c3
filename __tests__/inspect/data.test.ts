import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SignalManager, managers } from 'signalbox';
import { SignalBus } from 'signalbox/bus';
import { Collector } from '../../src/inspect/data/collector.js';
import { Durations } from '../../src/inspect/data/durations.js';
import { errorNote } from '../../src/inspect/data/error-note.js';
import { GoneSignals } from '../../src/inspect/data/gone-signals.js';
import { PeerTable } from '../../src/inspect/data/peer-table.js';
import { Rate } from '../../src/inspect/data/rate.js';
import { TokenMap } from '../../src/inspect/data/token-map.js';
import { isAlive, liveJobs, writeJob } from '../../src/inspect/job-file.js';
import type { Update } from '../../src/inspect/inspector-data.js';
import { collectGarbage } from '../helpers/gc.js';

describe('percentiles (I10)', () => {
  const truth = (values: readonly number[], share: number) =>
    [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;

  it('are at least the true ones, and at most twice them or 0.002 ms', () => {
    // From a nanosecond to hours, and the edges of what is counted together.
    const values = Array.from({ length: 400 }, (_, n) => 1e-6 * 1.08 ** n).concat([0, 0.001, 0.002, 0.004, 0.004001]);
    for (let length = 1; length <= values.length; length++) {
      const some = values.slice(0, length);
      const durations = new Durations();
      for (const value of some) durations.add(value);
      for (const share of [0.5, 0.99]) {
        const [is, shown] = [truth(some, share), durations.percentile(share) ?? NaN];
        expect(shown).toBeGreaterThanOrEqual(is);
        expect(shown).toBeLessThanOrEqual(Math.max(2 * is, 0.002));
      }
    }
  });

  it('are null before the first duration', () => {
    expect(new Durations().percentile(0.5)).toBeNull();
  });
});

describe('a rate', () => {
  it('has the last full second, and the 60 before the current one, oldest first', () => {
    const rate = new Rate(100);
    for (const second of [100, 100, 101, 103]) rate.count(second);
    expect(rate.perSecond).toBe(0);
    expect(rate.history.slice(-3)).toEqual([2, 1, 0]);
    expect(rate.advance(104)).toBe(true);
    expect([rate.perSecond, rate.history.at(-1), rate.idle]).toEqual([1, 1, false]);
    expect(rate.advance(104)).toBe(false);
    rate.advance(160);
    expect(rate.history[0]).toBe(2);
    rate.advance(164);
    expect([rate.history.every((count) => count === 0), rate.idle]).toEqual([true, true]);
    expect(rate.advance(1_000)).toBe(false);
  });

  it('forgets all after a long time', () => {
    const rate = new Rate(0);
    rate.count(5);
    expect(rate.advance(5_000)).toBe(true);
    expect([rate.history.every((count) => count === 0), rate.idle]).toEqual([true, true]);
  });
});

it.each<[unknown, string, string | null]>([
  [new RangeError('secret'), 'RangeError', null],
  [Object.assign(new Error('secret'), { code: 'ERR_X' }), 'Error', 'ERR_X'],
  [new (class PaymentFailed extends Error {})('secret'), 'PaymentFailed', null],
  [new DOMException('secret', 'AbortError'), 'AbortError', null],
  ['secret', 'string', null],
  [null, 'null', null],
  [undefined, 'undefined', null],
  [Object.create(null), 'Error', null],
  [
    {
      get name(): string {
        throw new Error('x');
      },
      code: 'ERR_X',
    },
    'Object',
    'ERR_X',
  ],
  [
    {
      get constructor(): never {
        throw new Error('x');
      },
    },
    'Error',
    null,
  ],
])('a note of an error has its class and code, and no message: case %#', (reason, name, code) => {
  expect(errorNote(reason)).toEqual({ at: expect.any(Number), name, code });
});

it('a map by signals has registered symbols, others and objects', () => {
  const map = new TokenMap<number>();
  const tokens = [Symbol.for('registered'), Symbol('own'), {}];
  for (const [index, token] of tokens.entries()) map.set(token, index);
  expect(tokens.map((token) => map.get(token))).toEqual([0, 1, 2]);
  for (const token of tokens) map.delete(token);
  expect(tokens.map((token) => map.get(token))).toEqual([undefined, undefined, undefined]);
});

it('the record of gone signals says how far back it reaches (I11, I12)', () => {
  const log = new GoneSignals();
  log.add([1, 2], 5);
  log.add([3], 7);
  expect([log.since(4), log.since(5), log.since(7)]).toEqual([[1, 2, 3], [3], []]);
  expect(log.reachesBackTo(0)).toBe(true);
  log.add(
    Array.from({ length: 9_999 }, (_, n) => n + 4),
    9,
  );
  expect([log.reachesBackTo(4), log.reachesBackTo(5)]).toEqual([false, true]);
  expect(log.since(5)).toHaveLength(10_000);
});

describe('job files (I20)', () => {
  const stateHome = process.env['XDG_STATE_HOME'];
  let state: string;

  beforeEach(() => {
    state = mkdtempSync(path.join(tmpdir(), 'signalbox-jobs-'));
    process.env['XDG_STATE_HOME'] = state;
  });
  afterEach(() => {
    if (stateHome === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = stateHome;
    rmSync(state, { recursive: true });
  });

  const job = (pid: number) => ({ pid, url: 'http://127.0.0.1:1/#x', token: 'x', startedAt: 1 });

  it('are those of live processes; what others have written there is left alone', () => {
    expect(liveJobs()).toEqual([]);
    const remove = writeJob(job(process.pid));
    const folder = path.join(state, 'signalbox');
    const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);
    write('99999998.json', JSON.stringify(job(99_999_998)));
    write('99999997.json', JSON.stringify(job(1)));
    write('99999996.json', 'no JSON');
    write('99999995.json', JSON.stringify({ pid: 99_999_995 }));
    write('notes.txt', '');
    expect(liveJobs()).toEqual([job(process.pid)]);
    expect(readdirSync(folder).sort()).toEqual(
      ['99999995.json', '99999996.json', '99999997.json', `${process.pid}.json`, 'notes.txt'].sort(),
    );
    expect([isAlive(process.pid), isAlive(99_999_998)]).toEqual([true, false]);
    remove();
    expect(liveJobs()).toEqual([]);
  });
});

describe('the table of peers (I14)', () => {
  it('keeps those with results, and the others while they hear something', () => {
    const peers = new PeerTable();
    expect(peers.add(['a', 'b'])).toBe(true);
    expect(peers.add(['a', 'b'])).toBe(false);
    const result = { status: 'rejected', reason: 1, receiverName: 'f', thread: 'a' } as const;
    peers.count(result);
    peers.count({ status: 'fulfilled', value: 1, receiverName: 'f', node: 'c' });
    expect(peers.keep(new Set())).toBe(true);
    expect(peers.rows).toEqual([
      { name: 'a', kind: 'thread', results: 1, failures: 1 },
      { name: 'c', kind: 'node', results: 1, failures: 0 },
    ]);
  });
});

describe('what clients are sent (I11)', () => {
  const ordered = Symbol('ordered');
  const rare = Symbol.for('rare');
  let manager: SignalManager;
  let data: Collector;

  beforeEach(() => {
    jest.useFakeTimers();
    manager = new SignalManager({ onError: null });
    const isRunning = (each: SignalManager) => managers().includes(each);
    data = new Collector({ keepSends: 10, show: undefined, connectSites: false, isRunning });
    data.add(manager);
  });
  afterEach(async () => {
    data.close();
    jest.useRealTimers();
    await manager.close();
  });

  const first = () => {
    const update = data.update(undefined, undefined);
    if (update?.message.type !== 'snapshot') throw new Error('no snapshot');
    return { position: update.position, snapshot: update.message.snapshot };
  };
  const changeOf = (update: Update | undefined) => {
    if (update?.message.type !== 'change') throw new Error('no change');
    return update.message;
  };

  it('is a snapshot, then what has changed, then nothing', () => {
    manager.connect(function pack() {}, ordered);
    manager.connect(function post() {}, rare);
    const { position, snapshot } = first();
    expect(snapshot.signals.map(({ name, receivers }) => [name, receivers])).toEqual([
      ['ordered', []],
      ['rare', []],
    ]);
    const id = snapshot.signals[0]?.id;
    manager.emit(ordered);
    const update = data.update(position, id);
    expect(changeOf(update).signals).toMatchObject([
      { name: 'ordered', sends: 1, receivers: [{ name: 'pack', calls: 1 }] },
    ]);
    expect(data.update(update?.position, id)).toBeUndefined();
    expect([data.hasSignal(id ?? 0), data.hasSignal(0)]).toEqual([true, false]);
    expect(data.sends(id, 5)).toHaveLength(1);
    expect(data.sends(undefined, 5)).toHaveLength(1);
  });

  it('has the rows whose rate has moved with the time', () => {
    manager.emit(ordered);
    const { position } = first();
    jest.advanceTimersByTime(1_000);
    const update = data.update(position, undefined);
    expect(changeOf(update).signals).toMatchObject([{ name: 'ordered', perSecond: 1 }]);
    jest.advanceTimersByTime(1_000);
    expect(changeOf(data.update(update?.position, undefined)).signals).toMatchObject([{ perSecond: 0 }]);
  });

  it.each([
    [400, 150],
    [4_000, 500],
  ])('of %i signals that change all the time has at most %i rows, and each signal in its turn', (size, most) => {
    const tokens = Array.from({ length: size }, (_, n) => Symbol(`s${n}`));
    const emitAll = () => {
      for (const token of tokens) manager.emit(token);
    };
    emitAll();
    let { position, snapshot } = first();
    const shown = new Map(snapshot.signals.map((row) => [row.id, row]));
    const turns = new Map<number, number>();
    const read = () => {
      const update = data.update(position, undefined);
      if (update === undefined) return undefined;
      position = update.position;
      return changeOf(update).signals;
    };
    for (let message = 0; message < 24; message++) {
      emitAll();
      const rows = read() ?? [];
      expect(rows.length).toBeLessThanOrEqual(most);
      for (const row of rows) {
        shown.set(row.id, row);
        turns.set(row.id, (turns.get(row.id) ?? 0) + 1);
      }
    }
    expect(turns.size).toBe(size);
    expect(Math.min(...turns.values())).toBeGreaterThanOrEqual(3);
    for (let rows = read(); rows !== undefined; rows = read()) for (const row of rows) shown.set(row.id, row);
    ({ snapshot } = first());
    expect([...shown.values()]).toEqual(snapshot.signals);
  });

  it('names the signals that are gone', async () => {
    manager.emit(rare);
    const emit = () => manager.emit({ name: 'object' });
    emit();
    const { position, snapshot } = first();
    const ids = snapshot.signals.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    jest.useRealTimers();
    await collectGarbage();
    jest.useFakeTimers({ now: Date.now() });
    jest.spyOn(performance, 'now').mockReturnValue(1e9);
    const update = data.update(position, undefined);
    expect([...changeOf(update).gone].sort((a, b) => a - b)).toEqual(ids);
    expect(data.hasSignal(ids[0] ?? 0)).toBe(false);
    jest.restoreAllMocks();
  });

  it('has no managers that are closed', async () => {
    manager.connect(() => 1, ordered);
    const { position, snapshot } = first();
    expect(data.picture(undefined, 'dot')).toContain('digraph signals');
    expect(data.picture(snapshot.managers[0]?.id, 'mermaid')).toContain('flowchart LR');
    expect(data.picture(0, 'dot')).toBeUndefined();
    await manager.close();
    jest.advanceTimersByTime(1_000);
    expect(changeOf(data.update(position, undefined))).toMatchObject({ managers: [], gone: [snapshot.signals[0]?.id] });
    expect(data.picture(undefined, 'dot')).toBeUndefined();
  });

  it('follows connections that were made before', () => {
    const known = new SignalManager({ onError: null });
    function f() {}
    const [plain, byKey] = [known.connect(f, ordered), known.connect(f, ordered, { key: 'a' })];
    data.add(known);
    const named = () => data.snapshot().signals.find(({ receivers }) => receivers.some(({ name }) => name === 'f'));
    plain.disconnect();
    expect(named()?.receivers).toMatchObject([{ name: 'f', filtered: true }]);
    byKey.disconnect();
    expect(named()).toBeUndefined();
  });

  it('counts the work of two subscribers of one name apart (I10)', async () => {
    jest.useRealTimers();
    const bus = new SignalBus({ manager, onError: null });
    for (const fails of [false, true]) {
      const deliver = () => (fails ? Promise.reject(new TypeError('x')) : Promise.resolve());
      bus.subscriber('mail', deliver);
    }
    await bus.start();
    await bus.publish('mail', {});
    await bus.stop();
    expect(data.snapshot().signals.find(({ sends }) => sends === 1)?.receivers).toMatchObject([
      { name: 'deliver', kind: 'subscriber', calls: 1, failures: 0 },
      { name: 'deliver', kind: 'subscriber', calls: 1, failures: 1, lastFailure: { name: 'TypeError' } },
    ]);
  });

  it('counts the work of a subscriber as its calls', async () => {
    jest.useRealTimers();
    const bus = new SignalBus({ manager, onError: null });
    bus.subscriber('mail', function deliver({ fails }: { fails: boolean }) {
      if (fails) throw new TypeError('x');
    });
    bus.periodicTask({ periodMs: 1 }, () => undefined);
    await bus.start();
    await bus.publish('mail', { fails: false });
    await bus.publish('mail', { fails: true });
    await bus.stop();
    const row = data.snapshot().signals.find(({ receivers }) => receivers.some(({ kind }) => kind === 'subscriber'));
    expect(row).toMatchObject({ sends: 2, failures: 0 });
    expect(row?.receivers).toMatchObject([{ calls: 2, failures: 1, inFlight: 0, lastFailure: { name: 'TypeError' } }]);
    const [send] = data.sends(row?.id, 1);
    expect(send?.calls).toMatchObject([{ status: 'fulfilled' }]);
  });
});
