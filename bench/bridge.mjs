// The built bridge and its engines, beside the core that is measured; and what its contenders have in common.
import { Signal, SignalManager, corePath } from './core.mjs';

const entry = (name) => import(new URL(`${name}.js`, `file://${corePath}`).href);
export const { Bridge } = await entry('bridge');
export const { memoryEngine } = await entry('memory');
export const { natsEngine } = await entry('nats');
export const { redisEngine } = await entry('redis');

function newNode(engine, node) {
  const manager = new SignalManager();
  const signal = new Signal({ name: 'asked', manager });
  return { signal, bridge: new Bridge(manager, engine, { namespace: 'bench', node }) };
}

/** A node with one receiver. */
export async function openNode(engine, name, receive) {
  const { signal, bridge } = newNode(engine, name);
  signal.connect(receive);
  await bridge.share(signal);
  return bridge;
}

/** A node that sends to so many others. */
export async function openSender(engine, nodes) {
  const { signal, bridge } = newNode(engine, 'sender');
  await bridge.share(signal);
  await bridge.ready({ nodes: nodes + 1 });
  return {
    send: async (kwargs) => (await signal.send(kwargs)).map(({ value }) => value),
    emit: (kwargs) => signal.emit(kwargs),
  };
}

/** An engine that counts the bytes of the messages that it publishes and of those that it hears, presence left out. */
export function counted(engine) {
  const tally = { bytes: 0 };
  const count = (data) => (tally.bytes += data.byteLength);
  const isPresence = (subject) => subject.endsWith('.presence');
  return {
    tally,
    engine: {
      ...engine,
      publish(subject, data) {
        if (!isPresence(subject)) count(data);
        return engine.publish(subject, data);
      },
      subscribe: (subject, onMessage) =>
        engine.subscribe(subject, (data) => {
          if (!isPresence(subject)) count(data);
          onMessage(data);
        }),
    },
  };
}
