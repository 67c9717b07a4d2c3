import { expect, it } from '@jest/globals';
import { Signal, SignalManager } from 'signalbox';
import { Bridge, memoryEngine } from 'signalbox/bridge';

it('works', async () => {
  const engine = memoryEngine();
  const nodes = ['a', 'b', 'c'].map((node) => {
    const manager = new SignalManager({ onError: null });
    const signal = new Signal<{ n: unknown }, unknown>({ name: 'x', manager });
    signal.connect(({ n }) => [node, n]);
    return { signal, bridge: new Bridge(manager, engine, { namespace: 't', node, onError: console.error }) };
  });
  await Promise.all(nodes.map(({ bridge, signal }) => bridge.share(signal)));
  await Promise.all(nodes.map(({ bridge }) => bridge.ready({ nodes: 3 })));
  console.log(await nodes[0]!.signal.send({ n: new Map([[1, new Error('x')]]) }));
  console.log(await nodes[0]!.signal.sendSerial({ n: 1 }, {until: (r) => (r as any).node === 'b'}));
  for (const { bridge } of nodes) await bridge.close();
  expect(nodes[0]!.bridge.nodes).toEqual(['a']);
});
