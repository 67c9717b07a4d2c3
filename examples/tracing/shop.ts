/** The shop: takes an order over HTTP and returns the trace of it, as lines. */
import { trace } from '@opentelemetry/api';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SignalManager, values } from 'signalbox';
import { Bridge, memoryEngine } from 'signalbox/bridge';
import { SignalBus, topic } from 'signalbox/bus';
import { ThreadHub } from 'signalbox/threads';

import { serveEngine } from '../cluster/channel-engine.js';
import { namespace, orderedOf, type Order } from './signals.js';
import { type PlainSpan, startTracing, treeOf } from './spans.js';

const mails = topic<Order>('mails');

export async function traceOrder(): Promise<string[]> {
  const closing: (() => unknown)[] = [];
  try {
    return await traceOneOrder(closing);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** @param closing - Gets the functions that close what has been opened. */
async function traceOneOrder(closing: (() => unknown)[]): Promise<string[]> {
  const spans: PlainSpan[] = [];
  let came = (): void => undefined;
  const take = (span: PlainSpan): void => {
    spans.push(span);
    came();
  };
  const tracing = startTracing('shop', take);
  closing.push(() => tracing[Symbol.asyncDispose]());

  const manager = new SignalManager({ name: 'shop' });
  const ordered = orderedOf(manager);
  const bus = new SignalBus({ manager });
  bus.subscriber(mails, function sendMail({ id }) {
    return `mail ${id}`;
  });
  await bus.start();
  ordered.connect(async function charge(order) {
    await bus.publish(mails, order);
    return `charge ${order.id}`;
  });

  const printer = new Worker(new URL('printer.js', import.meta.url));
  closing.push(() => printer.terminate());
  printer.on('message', take);
  const hub = new ThreadHub(manager, { signals: [ordered] });
  closing.push(() => hub.close());
  await hub.attach(printer, { name: 'printer' });

  const engine = memoryEngine();
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('warehouse.js', import.meta.url)),
    args: [],
    serialization: 'advanced',
  });
  const warehouse = cluster.fork();
  closing.push(async () => {
    warehouse.kill();
    await once(warehouse, 'exit');
  });
  warehouse.on('message', (message: { readonly kind: string; readonly span: PlainSpan }) => {
    if (message.kind === 'app') take(message.span);
  });
  serveEngine(engine, warehouse);
  const bridge = new Bridge(manager, engine, { namespace, node: 'shop' });
  closing.push(() => bridge.close());
  await bridge.share(ordered);
  await bridge.ready({ nodes: 2 });

  const server = createServer((_request, response) => {
    void trace.getTracer('shop').startActiveSpan('POST /orders', async (span) => {
      const results = await ordered.send({ id: 1 });
      response.end(values(results).sort().join(', '));
      span.end();
    });
  });
  closing.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST', headers: { connection: 'close' } });
  const text = await answer.text();

  await bus.stop();
  const ended = (place: string): boolean =>
    spans.some((span) => span.place === place && span.name === 'process ordered');
  while (!ended('printer') || !ended('warehouse')) await new Promise<void>((resolve) => (came = resolve));
  return [`the client gets: ${text}`, ...treeOf(spans)];
}
