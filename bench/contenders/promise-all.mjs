// What one writes without a library when the first failure may hide all other outcomes.

export const about = {
  label: 'Promise.all',
  how: 'over `receivers.map((receiver) => receiver(kwargs))`; one failure, and the results of the others are lost',
};

export function bySignal() {
  return {
    signal: () => [],
    connect: (receivers, receiver) => receivers.push(receiver),
    send: (receivers, kwargs) => Promise.all(receivers.map((receiver) => receiver(kwargs))),
  };
}
