import Emittery from 'emittery';

export const about = {
  label: 'emittery',
  package: 'emittery',
};

export function newBus() {
  const emitter = new Emittery();
  return {
    subscribe: (topic, fn) => emitter.on(topic, ({ data }) => fn(data)),
    publish: (topic, payload) => emitter.emit(topic, payload),
    start() {},
  };
}
