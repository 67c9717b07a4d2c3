// The ways to use an emitter with `on`, `off` and `emit` as a signal.

/** One emitter per signal: the fastest way for most of them, since the event name is a constant. */
export const emitterPerSignal = (create) => () => ({
  signal: () => create(),
  connect: (emitter, receiver) => emitter.on('event', receiver),
  disconnect: (emitter, receiver) => emitter.off('event', receiver),
  emit: (emitter, kwargs) => emitter.emit('event', kwargs),
});

/** One event name per key, on one emitter. */
export const namePerKey = (create) => () => {
  const emitter = create();
  return {
    connect: (key, receiver) => emitter.on(key, receiver),
    disconnect: (key, receiver) => emitter.off(key, receiver),
    emit: (key, kwargs) => emitter.emit(key, kwargs),
  };
};

/** One event name per signal, on one emitter. */
export const namePerSignal = (create) => () => ({ signal: (name) => name, ...namePerKey(create)() });

/** One emitter per sender, kept on the sender. */
export const emitterPerSender = (create) => () => ({
  connect: (sender, receiver) => (sender.events ??= create()).on('event', receiver),
  disconnect: (sender, receiver) => sender.events.off('event', receiver),
  emit: (sender, kwargs) => sender.events.emit('event', kwargs),
});
