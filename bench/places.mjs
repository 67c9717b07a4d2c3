// Where receivers are connected: to a signal, to a key of it, to a sender of it.

export const keysNamed = (count) => Array.from({ length: count }, (_, index) => `key-${index}`);

/** Objects with room for the emitter that some contenders keep on their senders, as a class of senders would have. */
export const sendersNamed = (count) =>
  Array.from({ length: count }, (_, index) => ({ name: `sender-${index}`, events: undefined, changed: undefined }));

/** The ways to connect. A scope of a contender is one signal, or one table of keys or senders. */
export const routings = {
  unfiltered: {
    newScope(contender) {
      const verbs = contender.bySignal();
      return { ...verbs, onlySignal: verbs.signal('signal') };
    },
    newPlaces: () => undefined,
  },
  'by key': { newScope: (contender) => contender.byKey(), newPlaces: keysNamed },
  'by sender': { newScope: (contender) => contender.bySender(), newPlaces: sendersNamed },
};
