// The usual way, without a library, if the first failure may hide all other outcomes.

export const about = {
  label: 'Promise.all',
};

export function bySignal() {
  return {
    signal: () => [],
    connect: (receivers, receiver) => receivers.push(receiver),
    send: (receivers, kwargs) => Promise.all(receivers.map((receiver) => receiver(kwargs))),
  };
}
