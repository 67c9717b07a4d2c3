import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SignalBus } from '../../src/bus/index.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const after = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));

describe('SignalBus#periodicTask', () => {
  it('runs at once, and then `periodMs` after the end of each run (B7)', async () => {
    const bus = new SignalBus();
    const startsMs: number[] = [];
    const beginMs = Date.now();
    bus.periodicTask({ periodMs: 100 }, async () => {
      startsMs.push(Date.now() - beginMs);
      await after(30);
    });
    await bus.start();
    await jest.advanceTimersByTimeAsync(300);
    expect(startsMs).toEqual([0, 130, 260]);
    await bus.stop();
  });

  it('never runs two at a time, and makes up for no tick that was missed (B7)', async () => {
    const bus = new SignalBus();
    const startsMs: number[] = [];
    const beginMs = Date.now();
    let running = 0;
    bus.periodicTask({ periodMs: 100 }, async () => {
      running += 1;
      startsMs.push(Date.now() - beginMs);
      expect(running).toBe(1);
      if (startsMs.length === 1) await after(1_000);
      running -= 1;
    });
    await bus.start();
    await jest.advanceTimersByTimeAsync(1_250);
    expect(startsMs).toEqual([0, 1_100, 1_200]);
    await bus.stop();
  });

  it('reports a run that fails, and the next one happens (B7)', async () => {
    const reports: unknown[] = [];
    const bus = new SignalBus({ onError: (error, report) => reports.push([error, report]) });
    let runs = 0;
    bus.periodicTask({ periodMs: 10 }, function poll() {
      runs += 1;
      if (runs === 1) throw 'thrown';
      return runs === 2 ? Promise.reject('rejected') : undefined;
    });
    await bus.start();
    await jest.advanceTimersByTimeAsync(20);
    await bus.stop();
    const report = { topic: undefined, source: 'periodic task', name: 'poll' };
    expect({ runs, reports }).toEqual({
      runs: 3,
      reports: [
        ['thrown', report],
        ['rejected', report],
      ],
    });
  });

  it('ends with its abort signal; the run in hand is finished (B3)', async () => {
    const bus = new SignalBus();
    const abort = new AbortController();
    const steps: string[] = [];
    const task = async (): Promise<void> => {
      steps.push('started');
      await after(10);
      steps.push('ended');
    };
    bus.periodicTask({ periodMs: 10, abortSignal: abort.signal }, task);
    await bus.start();
    await jest.advanceTimersByTimeAsync(5);
    abort.abort();
    await jest.advanceTimersByTimeAsync(100);
    await bus.stop();
    await bus.run(() => undefined);
    expect(steps).toEqual(['started', 'ended']);
  });

  it('that has been aborted is named as running while its last run is (B5)', async () => {
    const bus = new SignalBus();
    const abort = new AbortController();
    const hand = deferred();
    bus.periodicTask({ periodMs: 10, abortSignal: abort.signal }, function poll() {
      return hand.promise;
    });
    await bus.start();
    await flush();
    abort.abort();
    const outcome = rejectionOf(bus.stop({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    expect(await outcome).toMatchObject({ running: [{ topic: undefined, name: 'poll' }] });
    hand.resolve();
    await flush();
  });

  it('started again while a run from before is in hand waits for its end (B7)', async () => {
    const bus = new SignalBus();
    const hand = deferred();
    let runs = 0;
    bus.periodicTask({ periodMs: 10 }, () => {
      runs += 1;
      return hand.promise;
    });
    await bus.start();
    await flush();
    const outcome = rejectionOf(bus.stop({ timeoutMs: 0 }));
    await jest.advanceTimersByTimeAsync(0);
    await outcome;

    await bus.start();
    await jest.advanceTimersByTimeAsync(100);
    expect(runs).toBe(1);
    hand.resolve();
    await flush();
    expect(runs).toBe(2);
    await bus.stop();
  });

  it('started again by who is told that a run from before has failed runs once, then periodically (B7)', async () => {
    const bus = new SignalBus({ onError: () => void bus.start() });
    const hand = deferred();
    let runs = 0;
    bus.periodicTask({ periodMs: 10 }, () => {
      runs += 1;
      return runs === 1 ? hand.promise : undefined;
    });
    await bus.start();
    await flush();
    const outcome = rejectionOf(bus.stop({ timeoutMs: 0 }));
    await jest.advanceTimersByTimeAsync(0);
    await outcome;

    hand.reject('expected');
    await flush();
    expect(runs).toBe(2);
    await jest.advanceTimersByTimeAsync(10);
    expect(runs).toBe(3);
    await bus.stop();
  });
});
