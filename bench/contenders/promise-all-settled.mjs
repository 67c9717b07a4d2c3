// What one writes without a library when every outcome is wanted.

export const about = {
  label: 'Promise.allSettled',
  how: 'over `receivers.map((receiver) => receiver(kwargs))`, so a receiver that throws synchronously ends the send',
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
