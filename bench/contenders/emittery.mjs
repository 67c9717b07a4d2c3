import Emittery from 'emittery';

export const about = {
  label: 'emittery',
  package: 'emittery',
  how:
    'an emitter per signal; an event name per key; awaited `emit`, which resolves without results; its receivers get ' +
    '`{ name, data }`, so a function around each of ours unpacks the data',
};

const unpacking =
  (receiver) =>
  ({ data }) =>
    receiver(data);

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
