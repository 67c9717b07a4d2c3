import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { QueueOverflowError, SignalBus, type PeriodicOptions, type SubscriberOptions } from '../../src/bus/index.js';
import { rejectionOf } from '../helpers/promises.js';

describe('the options of a bus', () => {
  it('may be inherited', async () => {
    const bus = new SignalBus(Object.create({ name: 'inherited' }) as object);
    expect(inspect(bus)).toBe('SignalBus "inherited"');
    const options = Object.create({ limit: 1, overflow: 'throw' }) as SubscriberOptions;
    bus.subscriber('t', () => undefined, options);
    await bus.publish('t', 1);
    expect(await rejectionOf(bus.publish('t', 2))).toBeInstanceOf(QueueOverflowError);
    let runs = 0;
    bus.periodicTask(Object.create({ periodMs: 1_000 }) as PeriodicOptions, () => (runs += 1));
    await bus.run(() => undefined);
    expect(runs).toBe(1);
  });

  it('go with any function, even one without a prototype (R2)', async () => {
    const bus = new SignalBus();
    const seen: number[] = [];
    const fn = (payload: number): number => seen.push(payload);
    bus.subscriber('t', Object.setPrototypeOf(fn, null) as typeof fn);
    await bus.run(() => bus.publish('t', 1));
    expect(seen).toEqual([1]);
  });
});
