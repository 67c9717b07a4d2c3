// Why rows are behind their goals: what is known, and what was tried. Printed for the rows that are behind in the table.

/** @type {{ scenarios: string[], why: string }[]} */
export const reasons = [
  {
    scenarios: ['emit-1'],
    why: `An emit to one receiver takes 290 instructions, with eventemitter3 234, as a raw loop 166 (the receiver's own
included; counted by callgrind). They go into a context for the receiver (43), counting the emit for \`drain\` (22), asking
whether kwargs are an object (22) and whether a promise came back (14). One frozen context for all sends that name
nothing came to 1.05 times eventemitter3's time; it is not done, for a context belongs to one send.`,
  },
  {
    scenarios: ['emit-10', 'emit-100'],
    why: `Per receiver an emit takes 119 instructions, with eventemitter3 122; before the first call 327, there 151. Taking 50 off
did not change the time: what decides is how often the processor foresees the next receiver (see below). Calling by
\`receiver.call(undefined, …)\` made 100 receivers 13 % faster and 10 no faster, and would call a \`call\` of the receiver's
own. Looking at the muting and at leaving receivers costs nothing while nobody does either.`,
  },
  {
    scenarios: ['send-sync-10', 'send-async-1', 'send-async-10', 'send-async-100', 'send-rejecting-10'],
    why: `\`receiver(kwargs).then(fulfilled, rejected)\`, and nothing else, takes 136 ns: 3.6 times as fast as
\`Promise.allSettled\`. For ten, results put down by hand behind one promise take 710 ns, \`Promise.all\` 700. What is added
is the count of pending sends, and whom to report if they fail. Waiting for a single receiver by \`await\` reached 3.07
times, but where the stack ends it rejects behind everybody's back; one async function per receiver, or closures instead
of bound functions, were slower for several.`,
  },
  {
    scenarios: ['key-emit-10000', 'key-emit-100000', 'key-send-100000', 'sender-emit-100000'],
    why: `An emit to a key takes 552 instructions (a raw Map 278, eventemitter3 474), among them 30 for the context and 45 for
telling keys that are objects, which are held weakly, from others. All touch the same places in memory; with 100,000
keys these are in no cache, and a short loop begins to fetch for the next emit while it still waits for this one. It is
not the allocation: with 1 MB of new space instead of 16 the figures are no better. With 100,000 senders, the same build
and the raw WeakMap alike vary by a factor of two between runs.`,
  },
  {
    scenarios: ['churn-10-at-random', 'churn-keys-10000-at-random', 'churn-keys-10000-one-key-over-and-over'],
    why: `Both take a handle, a link, checked options and a look-up of the function (the same receiver by another key is one
receiver): 1,860 instructions for ten, 3,400 by key, with eventemitter3 1,040 and 1,240. By key, the Map takes 450 of them,
the WeakMap of functions 250, the names of the options 260. Letting emptied keys stand for a while is worth 15 %, links
without a base class 7 %, one look-up of the function instead of two 3 %.`,
  },
  {
    scenarios: ['bus-1-unbounded', 'bus-10-unbounded', 'bus-100-unbounded', 'bus-chain'],
    why: `That a subscriber may stop its own bus without waiting for itself, after an \`await\` as well, takes an
AsyncLocalStorage, which is most of the time on Node 20. Without it the rows would still be behind.`,
  },
  {
    scenarios: ['bridge-redis-1', 'bridge-redis-3', 'bridge-redis-10'],
    why: `The client writes a Buffer apart from its command, text together with it: handing it text gained 7 %, but telling
text from bytes takes \`isUtf8\` of Node, and the engine runs elsewhere, too. Runs differ by 30 %.`,
  },
];
