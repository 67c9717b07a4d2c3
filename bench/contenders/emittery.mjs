import Emittery from 'emittery';

export const about = {
  label: 'emittery',
  package: 'emittery',
  how:
    'an emitter per signal; an event name per key; awaited `emit`, which resolves without results; its receivers get ' +
    '`{ name, data }`, so a function around each of ours unpacks the data',
};

const unpackingOf = new WeakMap();

/** The same function for the same receiver, by which emittery knows that it is connected already. */
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
