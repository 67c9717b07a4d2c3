import Emittery from 'emittery';

export const about = {
  label: 'emittery',
  package: 'emittery',
};

const unpackingOf = new WeakMap();

/** Returns the same function for the same receiver, because emittery finds a connected receiver by its function. */
function unpacking(receiver) {
  let unpack = unpackingOf.get(receiver);
  if (!unpack) {
    unpack = ({ data }) => receiver(data);
    unpackingOf.set(receiver, unpack);
  }
  return unpack;
}

export const bySignal = () => ({
  signal: () => new Emittery(),
  connect: (emitter, receiver) => emitter.on('event', unpacking(receiver)),
  disconnect: (_emitter, _receiver, off) => off(),
  send: (emitter, kwargs) => emitter.emit('event', kwargs),
});

export function byKey() {
  const emitter = new Emittery();
  return {
    connect: (key, receiver) => emitter.on(key, unpacking(receiver)),
    send: (key, kwargs) => emitter.emit(key, kwargs),
  };
}
