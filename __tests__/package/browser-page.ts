// What browser.test.ts runs in a page: it uses the package as it is built, and reports what it saw.
import { ANY, RECEIVER_CONNECTED, Signal, SignalManager, sharedManager, values } from 'signalbox';

declare const gc: () => void;
declare const report: (outcome: Record<string, unknown>) => void;

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

async function connectAndFilter(): Promise<unknown> {
  const signals = new SignalManager({ name: 'page', onError: null });
  const clicked = new Signal<{ x: number }, string>({ name: 'clicked', manager: signals });
  const button = document.createElement('button');
  const connected: string[] = [];
  signals.connect(({ connection }) => connected.push(String(connection.signal === clicked)), RECEIVER_CONNECTED);
  clicked.connect(({ x }) => `all ${x}`);
  clicked.connect(async ({ x }, { sender }) => `button ${x} ${sender === button}`, { sender: button });
  clicked.connect(({ x }) => `key ${x}`, { key: 'left' });
  clicked.connect(() => 'never', { keys: ['right', 'middle'] });
  signals.connect(({ x }: { x: number }) => `any ${x}`, ANY, { priority: 1 });
  return [connected, values(await clicked.send({ x: 3 }, { sender: button, keys: new Set(['left']) }))];
}

async function connectUntilTheBlockEnds(): Promise<unknown> {
  const signals = new SignalManager();
  const ticked = new Signal<{ n: number }, number>({ manager: signals });
  const seen: unknown[] = [];
  {
    using connection = ticked.connect(({ n }) => n);
    seen.push(connection.connected, values(await ticked.send({ n: 1 })));
  }
  seen.push(values(await ticked.send({ n: 2 })));
  return seen;
}

async function holdWeakly(): Promise<unknown> {
  const signals = new SignalManager();
  const ticked = new Signal({ manager: signals });
  const connection = (() => ticked.connect(() => undefined, { weak: true }))();
  const before = ticked.receivers().length;
  for (let turn = 0; turn < 50 && connection.connected; turn++) {
    await nextTask();
    gc();
  }
  return [before, connection.connected, ticked.receivers().length];
}

async function failAndWait(): Promise<unknown> {
  const reported: unknown[] = [];
  const signals = new SignalManager({ onError: (error) => reported.push(String(error)) });
  const ticked = new Signal<{ n: number }>({ manager: signals });
  const next = ticked.wait({ timeoutMs: 60_000 });
  ticked.connect(() => Promise.reject(new Error('no')));
  const results = await ticked.send({ n: 4 });
  return [results.map(({ status }) => status), reported, (await next).kwargs];
}

report({
  connectAndFilter: await connectAndFilter(),
  connectUntilTheBlockEnds: await connectUntilTheBlockEnds(),
  holdWeakly: await holdWeakly(),
  failAndWait: await failAndWait(),
  oneSharedManager: sharedManager() === sharedManager(),
});
