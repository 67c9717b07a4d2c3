// The usual way, without a library, to get every outcome.

export const about = {
  label: 'Promise.allSettled',
};

export function bySignal() {
  return {
    signal: () => [],
    connect: (receivers, receiver) => receivers.push(receiver),
    send: (receivers, kwargs) => Promise.allSettled(receivers.map((receiver) => receiver(kwargs))),
  };
}

export function byKey() {
  const receivers = new Map();
  return {
    connect: (key, receiver) => receivers.set(key, receiver),
    send: (key, kwargs) => Promise.allSettled([receivers.get(key)(kwargs)]),
  };
}
