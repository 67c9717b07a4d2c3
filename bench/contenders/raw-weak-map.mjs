// The limit for one receiver per sender, the sender not kept alive.

export const about = { label: 'raw WeakMap' };

export function bySender() {
  const receivers = new WeakMap();
  return {
    connect: (sender, receiver) => receivers.set(sender, receiver),
    disconnect: (sender) => receivers.delete(sender),
    emit: (sender, kwargs) => receivers.get(sender)(kwargs),
  };
}
