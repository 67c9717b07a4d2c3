// A target is the first argument of a contender's verbs: a signal, a key of a signal, or a sender of a signal.

export const keysNamed = (count) => Array.from({ length: count }, (_, index) => `key-${index}`);

/** Returns senders with fields for the emitter that some contenders keep on them, as a class of senders would have. */
export const sendersNamed = (count) =>
  Array.from({ length: count }, (_, index) => ({ name: `sender-${index}`, events: undefined, changed: undefined }));

/** The ways to connect. A scope of a contender is one signal, or one table of keys or of senders. */
export const routings = {
  unfiltered: {
    newScope(contender) {
      const verbs = contender.bySignal();
      return { ...verbs, onlySignal: verbs.signal('signal') };
    },
    newTargets: () => undefined,
  },
  'by key': { newScope: (contender) => contender.byKey(), newTargets: keysNamed },
  'by sender': { newScope: (contender) => contender.bySender(), newTargets: sendersNamed },
};
