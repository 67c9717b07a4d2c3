import { type Span, trace } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { Bridge } from '../../src/bridge/index.js';
import { SignalBus, topic } from '../../src/bus/index.js';
import { SignalManager } from '../../src/index.js';
import { traceSignals } from '../../src/otel/index.js';
import { ThreadHub } from '../../src/threads/index.js';
import { joinAs } from '../../src/threads/thread-link.js';
import { Broker, isMissing } from '../helpers/brokers.js';
import { type Connected, ENGINES } from '../helpers/engines.js';
import { eventually } from '../threads/threads.js';
import { Tracing } from './tracing.js';

/** Notes each span that starts as a local child of a span that has ended. */
class Latecomers implements SpanProcessor {
  readonly names: string[] = [];
  readonly #ended = new Set<string>();

  onStart(span: Span): void {
    const { name, parentSpanContext: parent } = span as unknown as ReadableSpan;
    if (parent !== undefined && parent.isRemote !== true && this.#ended.has(parent.spanId)) this.names.push(name);
  }

  onEnd(span: ReadableSpan): void {
    this.#ended.add(span.spanContext().spanId);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

let lastThread = 3_000_000;

/** A worker in this thread, by a number that no thread has. */
class PretendedWorker extends EventEmitter {
  readonly threadId = (lastThread += 1);
}

const orders = topic<{ id: number }>('orders');

describe.each(ENGINES)(
  'one order over threads, a bus and $kind (O3, O8, O10, O11)',
  ({ broker: kind, durable, connect }) => {
    if (kind !== undefined && isMissing(kind)) {
      it.skip(`is not tested here: there is no ${kind} server`, () => undefined);
      return;
    }
    const broker = kind && new Broker(kind);
    let connected: Connected;
    let latecomers: Latecomers;
    let tracing: Tracing;
    let watching: Disposable;
    let closing: (() => unknown)[];

    beforeAll(() => broker?.start());
    afterAll(() => broker?.stop());

    beforeEach(async () => {
      latecomers = new Latecomers();
      tracing = new Tracing(undefined, [latecomers]);
      watching = traceSignals();
      closing = [];
      // The client connects within a request that ends long before the first delivery.
      connected = await tracing.request(() => connect(broker?.port ?? 0), 'start');
    });

    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
      await connected.end();
      watching[Symbol.dispose]();
      await tracing.end();
    });

    function manage(name: string) {
      const manager = new SignalManager({ name, onError: null });
      const ordered = manager.signal<{ id: number }>('ordered');
      return { name, manager, ordered, billed: manager.signal<{ id: number }>('billed') };
    }

    async function start() {
      const [shop, one, two, store] = [manage('shop'), manage('one'), manage('two'), manage('store')];
      const printed: string[] = [];
      const hub = new ThreadHub(shop.manager, { signals: [shop.ordered] });
      closing.push(() => hub.close());
      for (const { name, manager, ordered } of [one, two]) {
        const worker = new PretendedWorker();
        const joined = joinAs(worker.threadId, manager, { signals: [ordered] });
        const [link] = await Promise.all([joined, hub.attach(worker, { name })]);
        closing.push(() => link.close());
        ordered.connect(async function print() {
          await Promise.resolve();
          trace.getTracer('tests').startSpan(`print in ${name}`).end();
          printed.push(name);
        });
      }
      const bridges: Bridge[] = [];
      for (const { name, manager, ordered, billed } of [shop, store]) {
        const bridge = new Bridge(manager, connected.engine, {
          namespace: `proof-${lastThread}`,
          node: name,
          onError: () => undefined,
        });
        closing.push(() => bridge.close());
        await bridge.share(ordered);
        if (durable) await bridge.share(billed, name === 'shop' ? { durable } : { durable, group: 'bank' });
        bridges.push(bridge);
      }
      const attempts: number[] = [];
      store.billed.connect((_kwargs, { delivery }) => {
        attempts.push(delivery?.attempt ?? 0);
        if (attempts.length === 1) throw new Error('the bank is closed');
      });
      const bus = new SignalBus({ manager: store.manager, onError: null });
      const batches: number[] = [];
      bus.batchSubscriber(orders, (batch) => void batches.push(batch.length), { maxItems: 2, maxWaitMs: 600_000 });
      await bus.start();
      closing.push(() => bus.stop());
      store.ordered.connect(async function pack(order) {
        await bus.publish(orders, order);
      });
      await Promise.all(bridges.map((bridge) => bridge.ready({ nodes: 2 })));
      return { shop, attempts, batches, printed };
    }

    it('has spans whose parents are known, and none joins a request that has ended', async () => {
      const { shop, attempts, batches, printed } = await tracing.request(start, 'start');
      shop.ordered.connect(function charge({ id }) {
        if (durable) shop.billed.emit({ id });
      });
      const order = (id: number) => tracing.request(() => shop.ordered.emit({ id }), `order ${id}`);
      order(1);
      order(2);
      await eventually(() => expect([batches, printed.length]).toEqual([[2], 4]));
      if (durable) await eventually(() => expect(attempts.length).toBeGreaterThanOrEqual(3));
      for (const close of closing.splice(0).reverse()) await close();

      const of = (id: number): string[] => {
        const send = `order ${id} > send ordered`;
        const charge = `${send} > receive ordered`;
        const print = (name: string) => [
          `${send} > process ordered`,
          `${send} > process ordered > receive ordered`,
          `${send} > process ordered > receive ordered > print in ${name}`,
        ];
        return [
          `order ${id}`,
          send,
          charge,
          ...(durable ? [`${charge} > send billed`] : []),
          ...print('one'),
          ...print('two'),
          `${send} > process ordered`,
          `${send} > process ordered > receive ordered`,
          `${send} > process ordered > receive ordered > publish orders`,
        ];
      };
      const roots = durable ? Array<string>(3).fill('process billed') : [];
      const received = roots.map((root) => `${root} > receive billed`);
      expect(tracing.tree.filter((path) => path !== 'start').sort()).toEqual(
        [...of(1), ...of(2), 'process orders', ...roots, ...received].sort(),
      );

      const idsOf = (name: string) =>
        tracing.spans.filter((span) => span.name === name).map((span) => span.spanContext().spanId);
      const linksOf = (span: ReadableSpan) => span.links.map((link) => link.context.spanId);
      expect(linksOf(tracing.span('process orders')).sort()).toEqual(idsOf('publish orders').sort());
      const attemptsOf = tracing.spans.filter(({ name }) => name === 'process billed');
      const billed = idsOf('send billed');
      expect(new Set(attemptsOf.flatMap(linksOf))).toEqual(new Set(billed));
      expect(attemptsOf.map(({ attributes }) => attributes['signalbox.attempt']).sort()).toEqual(
        durable ? [1, 1, 2] : [],
      );
      expect(latecomers.names).toEqual([]);
    });
  },
);
