// The built bridge and its engines beside the measured core, and helpers that its contenders share.
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

/** Opens a node with one receiver. */
export async function openNode(engine, name, receive) {
  const { signal, bridge } = newNode(engine, name);
  signal.connect(receive);
  await bridge.share(signal);
  return bridge;
}

/** Opens a node that sends to this number of other nodes. */
export async function openSender(engine, nodes) {
  const { signal, bridge } = newNode(engine, 'sender');
  await bridge.share(signal);
  await bridge.ready({ nodes: nodes + 1 });
  return {
    send: async (kwargs) => (await signal.send(kwargs)).map(({ value }) => value),
    emit: (kwargs) => signal.emit(kwargs),
  };
}

/** Wraps an engine to count the bytes of the messages that it publishes and receives, presence excluded. */
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
