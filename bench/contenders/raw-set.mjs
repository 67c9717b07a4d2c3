// The limit for connecting and disconnecting in any order: a Set of functions.

export const about = { label: 'raw Set' };

export function bySignal() {
  return {
    signal: () => new Set(),
    connect: (receivers, receiver) => receivers.add(receiver),
    disconnect: (receivers, receiver) => receivers.delete(receiver),
    emit(receivers, kwargs) {
      for (const receiver of receivers) receiver(kwargs);
    },
  };
}
