import { trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SignalBus, topic } from '../../src/bus/index.js';
import { SignalManager } from '../../src/index.js';
import { type TraceSignalsOptions, traceSignals } from '../../src/otel/index.js';
import { Tracing, shown } from './tracing.js';

const orders = topic<number>('orders');

let tracing: Tracing;
let manager: SignalManager;
let bus: SignalBus;
let watching: Disposable | undefined;

beforeEach(() => {
  tracing = new Tracing();
  manager = new SignalManager({ onError: null });
  bus = new SignalBus({ manager, onError: null });
});

afterEach(async () => {
  await bus.stop();
  watching?.[Symbol.dispose]();
  await tracing.end();
});

function observe(options: TraceSignalsOptions = {}): void {
  watching = traceSignals(options);
}

const messaging = (operation: string, type: string) => ({
  'messaging.system': 'signalbox',
  'messaging.destination.name': 'orders',
  'messaging.operation.name': operation,
  'messaging.operation.type': type,
});

describe('bus work', () => {
  it('of a payload is a child of its publish (O1, O8)', async () => {
    observe();
    bus.subscriber(orders, async function pack() {
      await Promise.resolve();
      trace.getTracer('tests').startSpan('query').end();
    });
    await tracing.request(() => bus.publish(orders, 1));
    await bus.start();
    await bus.idle();
    expect(tracing.tree).toEqual([
      'request',
      'request > publish orders',
      'request > publish orders > process orders',
      'request > publish orders > process orders > query',
    ]);
    expect(['publish orders', 'process orders'].map((name) => shown(tracing.span(name)))).toEqual([
      {
        name: 'publish orders',
        kind: 'PRODUCER',
        attributes: {
          'signalbox.signal': 'orders',
          'signalbox.kind': 'emit',
          'signalbox.receivers': 1,
          ...messaging('publish', 'send'),
        },
      },
      {
        name: 'process orders',
        kind: 'CONSUMER',
        attributes: { 'code.function.name': 'pack', ...messaging('process', 'process') },
      },
    ]);
    expect(tracing.span('process orders').parentSpanContext?.isRemote).toBe(true);
  });

  it('that fails is marked, and a queue makes no event (O2, O4)', async () => {
    observe({ receivers: 'events' });
    bus.subscriber(orders, () => {
      throw new RangeError('no');
    });
    await bus.start();
    await tracing.request(() => bus.publish(orders, 1));
    await bus.idle();
    expect(shown(tracing.span('process orders'))).toMatchObject({
      status: 'ERROR',
      events: ['exception'],
      attributes: { 'error.type': 'RangeError' },
    });
    expect(tracing.span('publish orders').events).toEqual([]);
  });

  it("is a root span with a link with follow: 'link' (O9)", async () => {
    observe({ follow: 'link' });
    bus.subscriber(orders, () => undefined);
    await bus.start();
    await tracing.request(() => bus.publish(orders, 1));
    await bus.idle();
    expect(tracing.tree).toEqual(['request', 'request > publish orders', 'process orders']);
    const { spanId } = tracing.span('publish orders').spanContext();
    expect(tracing.span('process orders').links.map((link) => link.context.spanId)).toEqual([spanId]);
  });

  it('of a batch with one parent span is traced like a payload, with several it has a link each (O11)', async () => {
    observe();
    bus.batchSubscriber(orders, () => undefined, { maxItems: 2, maxWaitMs: 60_000 });
    await bus.start();
    const publish = (name: string, payload: number) => tracing.request(() => bus.publish(orders, payload), name);
    await publish('first', 1);
    await bus.publish(orders, 2); // without a trace
    await bus.idle();
    expect(tracing.tree).toEqual(['first', 'first > publish orders', 'first > publish orders > process orders']);
    expect(tracing.span('process orders').attributes['messaging.batch.message_count']).toBe(2);
    tracing.clear();
    await publish('second', 3);
    await publish('third', 4);
    await bus.idle();
    expect(tracing.tree.at(-1)).toBe('process orders');
    const published = tracing.spans.filter(({ name }) => name === 'publish orders');
    expect(tracing.span('process orders').links.map((link) => link.context.spanId)).toEqual(
      published.map((span) => span.spanContext().spanId),
    );
  });

  it('without a trace has no span, and sends inside it join no span that happens to be active (O5, O8)', async () => {
    observe({ where: (what) => !('signalName' in what) || what.signalName !== 'orders' });
    const shipped = manager.signal('shipped');
    shipped.connect(() => undefined);
    bus.subscriber(orders, () => shipped.emit());
    await bus.start();
    await tracing.request(() => bus.publish(orders, 1));
    await bus.idle();
    expect(tracing.tree).toEqual(['request']);
  });

  it('of a periodic task is a root span, with `onlyWithinTrace: false` only (O12)', async () => {
    for (const onlyWithinTrace of [true, false]) {
      observe({ onlyWithinTrace });
      const own = new SignalBus({ manager, onError: null });
      const shipped = manager.signal(`shipped ${onlyWithinTrace}`);
      shipped.connect(() => undefined);
      await tracing.request(async () => {
        const ran = new Promise<void>((resolve) => {
          own.periodicTask({ periodMs: 60_000 }, function tidy() {
            shipped.emit();
            resolve();
          });
        });
        await own.start();
        await ran;
      });
      await own.stop();
      watching?.[Symbol.dispose]();
    }
    const send = 'run tidy > send shipped false';
    expect(tracing.tree).toEqual(['request', 'request', 'run tidy', send, `${send} > receive shipped false`]);
    expect(shown(tracing.span('run tidy'))).toEqual({
      name: 'run tidy',
      kind: 'INTERNAL',
      attributes: { 'code.function.name': 'tidy' },
    });
  });
});
