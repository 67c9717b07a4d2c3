import { context } from '@opentelemetry/api';
import { MeterProvider, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SignalBus, topic } from '../../src/bus/index.js';
import { attachFar } from '../../src/far/index.js';
import { Signal, SignalManager } from '../../src/index.js';
import { traceSignals } from '../../src/otel/index.js';
import { Elsewhere } from '../helpers/elsewhere.js';
import { Tracing, remoteContext } from './tracing.js';

class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const reader = new Reader();
let tracing: Tracing;
let manager: SignalManager;

beforeEach(() => {
  tracing = new Tracing();
  manager = new SignalManager({ onError: null });
});

afterEach(() => tracing.end());

/** Each metric with its unit and, by attributes, its count. */
async function metrics(): Promise<unknown> {
  const { resourceMetrics } = await reader.collect();
  const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const countOf = (value: unknown) => (typeof value === 'number' ? value : (value as { count: number }).count);
  const points = ({ dataPoints }: MetricData) =>
    dataPoints.map(({ attributes, value }) => [attributes, countOf(value)]);
  return Object.fromEntries(
    all.map((metric) => [`${metric.descriptor.name} ${metric.descriptor.unit}`, points(metric)]),
  );
}

describe('metrics (O16)', () => {
  it('are recorded for what `where` accepts, traced or not', async () => {
    const meterProvider = new MeterProvider({ readers: [reader] });
    const watching = traceSignals({ meterProvider, where: (what) => what.signal !== ignored });
    const [saved, far, ignored] = ['saved', 'far', 'ignored'].map(
      (name) => new Signal<{ id: number }>({ name, manager }),
    ) as [Signal<{ id: number }>, Signal<{ id: number }>, Signal<{ id: number }>];
    for (const signal of [saved, far, ignored]) signal.connect(() => undefined);
    saved.connect(async () => Promise.reject(new RangeError('no')));
    const elsewhere = new Elsewhere();
    elsewhere.silent = true;
    const attached = attachFar(manager, far, elsewhere);

    await context.with(remoteContext(0), () => saved.send({ id: 1 }));
    await saved.send({ id: 1 });
    far.emit({ id: 1 });
    ignored.emit({ id: 1 });
    await attached.deliver({ kwargs: { id: 1 } });
    elsewhere.refusal = new RangeError('too large');
    expect(() => far.emit({ id: 2 })).toThrow('too large');

    const bus = new SignalBus({ manager, onError: null });
    const orders = topic<number>('orders');
    bus.subscriber(orders, (order) => {
      if (order === 2) throw new TypeError('no');
    });
    bus.batchSubscriber(topic<number>('batches'), () => undefined, { maxItems: 3, maxWaitMs: 60_000 });
    const ran = new Promise<void>((resolve) =>
      bus.periodicTask({ periodMs: 60_000 }, function tidy() {
        resolve();
      }),
    );
    await bus.start();
    await ran;
    for (const order of [1, 2]) await bus.publish(orders, order);
    for (const order of [1, 2, 3]) await bus.publish('batches', order);
    await bus.stop();

    const of = (signal: string, error?: string) => ({
      'signalbox.signal': signal,
      ...(error === undefined ? {} : { 'error.type': error }),
    });
    expect(await metrics()).toEqual({
      'messaging.client.sent.messages {message}': [
        [of('far'), 1],
        [of('far', 'RangeError'), 1],
        [of('orders'), 2],
        [of('batches'), 3],
      ],
      'messaging.client.consumed.messages {message}': [
        [of('far'), 1],
        [of('orders'), 1],
        [of('orders', 'TypeError'), 1],
        [of('batches'), 3],
      ],
      'messaging.process.duration s': [
        [of('tidy'), 1],
        [of('orders'), 1],
        [of('orders', 'TypeError'), 1],
        [of('batches'), 1],
      ],
      'signalbox.receiver.duration s': [
        [of('saved'), 2],
        [of('saved', 'RangeError'), 2],
        [of('far'), 2],
      ],
    });
    expect(tracing.started).toEqual([]);
    watching[Symbol.dispose]();
    await meterProvider.shutdown();
  });
});
