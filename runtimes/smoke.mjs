// What every runtime runs: core, bus, bridge and the engine in memory. It imports nothing of the runtime.
import {
  ANY,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  Signal,
  SignalManager,
  failures,
  sharedManager,
  values,
} from 'signalbox';
import { Bridge, memoryEngine } from 'signalbox/bridge';
import { SignalBus, topic } from 'signalbox/bus';
import { memoryEngine as sameEngine } from 'signalbox/memory';
import { Checks, errorName, rejectionName } from './checks.mjs';

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const statuses = (results) => results.map(({ status }) => status);

async function choosing(checks) {
  const manager = new SignalManager({ name: 'smoke' });
  const saved = new Signal({ name: 'saved', manager });
  const sender = { name: 'a sender' };
  saved.connect(({ n }) => `all ${n}`);
  saved.connect(async ({ n }) => `key ${n}`, { key: 'k' });
  saved.connect(({ n }, context) => `sender ${n} ${context.sender === sender}`, { sender });
  manager.connect(({ n }) => `any ${n}`, ANY, { priority: 1 });
  checks.equal('a plain send (R4, R9)', values(await saved.send({ n: 1 })), ['any 1', 'all 1']);
  checks.equal('a send with a key (R5)', values(await saved.send({ n: 2 }, { key: 'k' })), ['any 2', 'all 2', 'key 2']);
  checks.equal('a send with a sender (R6)', values(await saved.send({ n: 3 }, { sender })), [
    'any 3',
    'all 3',
    'sender 3 true',
  ]);
  checks.equal('sendSync', values(saved.sendSync({ n: 4 })), ['any 4', 'all 4']);
  checks.equal('sendSerial, reversed', values(await saved.sendSerial({ n: 5 }, { reverse: true })), ['all 5', 'any 5']);
  checks.equal(
    'a name as a signal (R1)',
    errorName(() => manager.connect(() => undefined, 'saved')),
    'TypeError',
  );
  checks.equal(
    'no function as a receiver (R2)',
    errorName(() => saved.connect(undefined)),
    'TypeError',
  );
  checks.equal(
    'an unknown option (R7)',
    errorName(() => saved.connect(() => 1, { keyz: 1 })),
    'TypeError',
  );
  checks.equal('the name in a string (R26)', /saved/.test(String(saved)), true);
  checks.equal('one shared manager (R20)', sharedManager() === sharedManager(), true);
}

async function connecting(checks) {
  const manager = new SignalManager();
  const saved = manager.signal('saved');
  const reports = [];
  manager.connect(() => reports.push('connected'), RECEIVER_CONNECTED);
  manager.connect(() => reports.push('disconnected'), RECEIVER_DISCONNECTED);
  const connection = saved.connect(() => 'first');
  checks.equal('disconnect, twice (R3)', [connection.disconnect(), connection.disconnect()], [true, false]);
  checks.equal('the reports of both (R18)', reports, ['connected', 'disconnected']);
  saved.connect(() => 'once', { once: true });
  checks.equal('once (R15)', [values(await saved.send()), values(await saved.send())], [['once'], []]);
  const controller = new AbortController();
  const ended = saved.connect(() => 'until aborted', { abortSignal: controller.signal });
  controller.abort();
  checks.equal('a connection that was aborted', ended.connected, false);
  const weak = function weakly() {
    return 'weak';
  };
  saved.connect(weak, { weak: true });
  checks.equal('a weak receiver that is held (R12)', values(await saved.send()), [weak()]);
  const sticky = new Signal({ name: 'opened', manager, sticky: true });
  await sticky.send({ n: 1 });
  const late = [];
  sticky.connect(({ n }) => late.push(n));
  await turn();
  checks.equal('a sticky signal (R17)', late, [1]);
  manager.mute(saved);
  checks.equal('a muted signal (R24)', await saved.send(), []);
}

async function failing(checks) {
  const reported = [];
  const manager = new SignalManager({ onError: (error) => reported.push(String(error)) });
  const saved = manager.signal('saved');
  saved.connect(() => {
    throw new RangeError('at once');
  });
  saved.connect(async () => Promise.reject(new TypeError('later')));
  saved.connect(() => 'fine');
  const results = await saved.send();
  checks.equal('failures beside a value (R13)', statuses(results), ['rejected', 'rejected', 'fulfilled']);
  checks.equal('two failures', failures(results).length, 2);
  checks.equal('the reports (R14)', reported.sort(), ['RangeError: at once', 'TypeError: later']);

  const slow = new SignalManager({ onError: null }).signal('slow');
  slow.connect(() => new Promise(() => undefined));
  const late = await slow.send({}, { timeoutMs: 1 });
  checks.equal('a time-out (R16)', late[0]?.reason?.name, 'ReceiverTimeoutError');
  const controller = new AbortController();
  const sent = slow.send({}, { abortSignal: controller.signal });
  controller.abort(new RangeError('enough'));
  checks.equal('an abort (R16)', (await sent)[0]?.reason?.name, 'RangeError');
}

async function waiting(checks) {
  const manager = new SignalManager({ onError: null });
  const saved = manager.signal('saved');
  const next = saved.wait({ where: ({ n }) => n > 1 });
  saved.emit({ n: 1 });
  saved.emit({ n: 2 });
  checks.equal('a wait (R21)', (await next).kwargs, { n: 2 });
  checks.equal('a wait that times out (R21)', await rejectionName(saved.wait({ timeoutMs: 1 })), 'WaitTimeoutError');
  const stream = saved.stream();
  for (const n of [1, 2, 3]) saved.emit({ n });
  const streamed = [];
  for await (const { kwargs } of stream) if (streamed.push(kwargs.n) === 3) break;
  checks.equal('a stream (R22)', streamed, [1, 2, 3]);
  const done = [];
  saved.connect(async () => {
    await turn();
    done.push('late');
  });
  saved.emit({ n: 4 });
  await manager.drain();
  checks.equal('a drain (R23)', [done, manager.pending], [['late'], 0]);
  await manager.close();
  checks.equal('a send after close (R23)', await rejectionName(saved.send({ n: 5 })), 'ManagerClosedError');
}

async function queueing(checks) {
  const reported = [];
  const bus = new SignalBus({ onError: (error) => reported.push(String(error)) });
  const orders = topic('orders');
  const steps = [];
  const handled = [];
  const publishOrder = bus.publisher(
    orders,
    bus.inject({ prefix: async () => 'order' }, async ({ prefix }, n) => `${prefix} ${n}`),
  );
  bus.subscriber(orders, (order) => handled.push(order), { concurrency: 1, limit: 2 });
  bus.batchSubscriber(orders, (batch) => steps.push(`batch of ${batch.length}`), { maxItems: 2, maxWaitMs: 60_000 });
  const ran = new Promise((resolve) => bus.periodicTask({ periodMs: 60_000 }, () => resolve('ran')));
  await bus.start();
  checks.equal(
    'a publisher with an injected value (B1)',
    [await publishOrder(1), await publishOrder(2)],
    ['order 1', 'order 2'],
  );
  checks.equal('a periodic task (B7)', await ran, 'ran');
  await bus.publish(orders, 'order 3');
  await bus.stop();
  checks.equal('a queue in order (B2)', handled, ['order 1', 'order 2', 'order 3']);
  checks.equal('batches, the last one at the stop (B5)', steps, ['batch of 2', 'batch of 1']);
  checks.equal('a bus without failures', [reported, bus.running], [[], false]);
}

async function stopping(checks) {
  const reported = [];
  const bus = new SignalBus({ onError: (error) => reported.push(String(error)) });
  const steps = [];
  bus.subscriber('quit', async () => {
    const stopped = bus.stop();
    await stopped;
    steps.push('quit');
  });
  bus.subscriber('fails', () => {
    throw new RangeError('no');
  });
  await bus.run(async () => {
    await bus.publish('fails', 1);
    await bus.publish('quit', 1);
  });
  checks.equal('a stop from inside a subscriber (B5)', [steps, bus.running], [['quit'], false]);
  checks.equal('the report of a subscriber that fails (B4)', reported, ['RangeError: no']);
}

async function bridging(checks) {
  checks.equal('one engine from two entries', memoryEngine === sameEngine, true);
  const engine = memoryEngine();
  const nodes = [];
  for (const node of ['a', 'b']) {
    const reported = [];
    const onError = (error) => reported.push(String(error));
    const manager = new SignalManager({ onError });
    const bridge = new Bridge(manager, engine, { namespace: 'smoke', node, onError });
    const asked = manager.signal('asked');
    asked.connect((kwargs) => {
      if (kwargs.fails) throw Object.assign(new RangeError(`${node} is full`), { code: 'ERR_FULL' });
      return { node, ...kwargs };
    });
    const paid = manager.signal('paid');
    await bridge.share(asked);
    await bridge.share(paid, { durable: true, group: 'till' });
    nodes.push({ manager, bridge, asked, paid, reported });
  }
  const [a, b] = nodes;
  await Promise.all(nodes.map(({ bridge }) => bridge.ready({ nodes: 2 })));
  const answers = await a.asked.send({ n: 1 });
  checks.equal(
    'results of both nodes',
    answers.map(({ node, value }) => [node, value]),
    [
      [undefined, { node: 'a', n: 1 }],
      ['b', { node: 'b', n: 1 }],
    ],
  );
  const [, { value }] = await a.asked.send({ map: new Map([[1n, new Set([-0, 'x'])]]), at: new Date(7) });
  const inside = value.map instanceof Map && [...value.map.get(1n)];
  checks.equal('structured data', [inside, value.at.getTime()], [[0, 'x'], 7]);
  const [, failed] = await a.asked.send({ fails: true }, { expected: [RangeError] });
  checks.equal(
    'an error with its code',
    [failed.reason.name, failed.reason.code, failed.reason.message],
    ['RangeError', 'ERR_FULL', 'b is full'],
  );
  const delivered = new Promise((resolve) => {
    b.paid.connect(({ cents }, { delivery }) => resolve([cents, typeof delivery.id, delivery.attempt]));
  });
  await a.paid.send({ cents: 5 });
  checks.equal('a durable delivery', await delivered, [5, 'string', 1]);
  await b.bridge.close();
  checks.equal('the nodes after a goodbye', a.bridge.nodes, ['a']);
  await a.bridge.close();
  checks.equal(
    'what the nodes report',
    nodes.map(({ reported }) => reported.filter((text) => !/is full/.test(text))),
    [[], []],
  );
}

/** Runs all parts. Resolves with what passed and what failed. */
export async function smoke(checks = new Checks()) {
  for (const part of [choosing, connecting, failing, waiting, queueing, stopping, bridging])
    await checks.run(part.name, part);
  checks.equal(
    'the package makes no code from strings',
    errorName(() => new SignalManager()),
    'returned',
  );
  return checks.outcome;
}
