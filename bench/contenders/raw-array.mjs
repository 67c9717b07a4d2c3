// The limit for calling: a loop over an array of functions, outcomes collected by hand.

export const about = {
  label: 'raw array',
};

export function bySignal() {
  return {
    signal: () => [],
    connect: (receivers, receiver) => receivers.push(receiver),
    emit(receivers, kwargs) {
      for (let i = 0; i < receivers.length; i++) receivers[i](kwargs);
    },
    send(receivers, kwargs) {
      const results = [];
      for (let i = 0; i < receivers.length; i++) results.push(settle(receivers[i], kwargs));
      return Promise.resolve(results);
    },
  };
}

/** The outcome of one sync receiver, in the shape that `Promise.allSettled` gives it, the receiver beside it. */
export function settle(receiver, kwargs) {
  try {
    return { status: 'fulfilled', value: receiver(kwargs), receiver };
  } catch (reason) {
    return { status: 'rejected', reason, receiver };
  }
}
