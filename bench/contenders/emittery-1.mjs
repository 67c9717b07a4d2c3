import Emittery from 'emittery-1';

export const about = {
  label: 'emittery 1',
  package: 'emittery-1',
};

export const bySignal = () => ({
  signal: () => new Emittery(),
  connect: (emitter, receiver) => emitter.on('event', receiver),
  disconnect: (emitter, receiver) => emitter.off('event', receiver),
  send: (emitter, kwargs) => emitter.emit('event', kwargs),
});

export function byKey() {
  const emitter = new Emittery();
  return {
    connect: (key, receiver) => emitter.on(key, receiver),
    send: (key, kwargs) => emitter.emit(key, kwargs),
  };
}
