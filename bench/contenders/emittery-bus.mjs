import Emittery from 'emittery';

export const about = {
  label: 'emittery',
  package: 'emittery',
  how: 'an event name per topic; awaited `emit`, which resolves when all have handled the payload; has no queues',
};

export function newBus() {
  const emitter = new Emittery();
  return {
    subscribe: (topic, fn) => emitter.on(topic, ({ data }) => fn(data)),
    publish: (topic, payload) => emitter.emit(topic, payload),
    start() {},
  };
}
