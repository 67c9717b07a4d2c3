// What tabs.test.ts runs in every tab: a node over a BroadcastChannel, which the test tells what to do.
import { Signal, SignalManager, farResults } from 'signalbox';
import { Bridge } from 'signalbox/bridge';
import { broadcastEngine } from 'signalbox/broadcast';

const name = new URLSearchParams(location.search).get('name') ?? '';
const manager = new SignalManager({ onError: null });
const asked = new Signal<{ n: number }>({ name: 'asked', manager });
// Asked for 0, all but the first hang.
asked.connect(({ n }) => (n === 0 && name !== 'a' ? new Promise(() => undefined) : `${name} got ${n}`));
const bridge = new Bridge(manager, broadcastEngine(), { namespace: 'tabs', node: name, heartbeatMs: 1_000 });

const told = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? result.value : (result.reason as Error).name;

Object.assign(globalThis, {
  join: () => bridge.share(asked).then(() => undefined),
  ready: (nodes: number) => bridge.ready({ nodes, timeoutMs: 300_000 }),
  ask: async (n: number) => farResults(await asked.send({ n })).map((result) => [result.node, told(result)]),
  nodes: () => bridge.nodes,
});
