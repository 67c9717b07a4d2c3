// Why rows are behind their goals: what is known, and what was tried. Printed for the rows that are behind in the table.

/** @type {{ scenarios: string[], why: string }[]} */
export const reasons = [
  {
    scenarios: ['emit-1'],
    why: `An emit to one receiver takes 303 instructions, with eventemitter3 246, as a raw loop 179 (the receiver's
own and the benchmark's included; counted by \`instructions.mjs\`). They go into a context for the receiver (43),
counting the emit for \`drain\` (22), asking whether kwargs are an object (22) and whether a promise came back (14). A
class of a few lines that does nothing but these takes as long as the library (21 ns, eventemitter3 19); without the
context and the count 18. One frozen context for all sends that name nothing came to 1.05 times eventemitter3's time;
it is not done, for a context belongs to one send.`,
  },
  {
    scenarios: ['emit-10', 'emit-100'],
    why: `An emit to ten takes 1,582 instructions, with eventemitter3 1,381: per receiver as many, before the first
call more. Taking 50 off did not change the time: what decides is how often the processor foresees the next receiver
(see below). Calling by \`receiver.call(undefined, …)\` made 100 receivers 13 % faster and 10 no faster, and would
call a \`call\` of the receiver's own. Looking at the muting and at leaving receivers costs nothing while nobody does
either.`,
  },
  {
    scenarios: ['send-sync-1', 'send-sync-10', 'send-async-1', 'send-async-10', 'send-async-100', 'send-rejecting-10'],
    why: `\`receiver(kwargs).then(fulfilled, rejected)\`, and nothing else, takes 136 ns: 3.6 times as fast as
\`Promise.allSettled\`. For ten, results put down by hand behind one promise take 710 ns, \`Promise.all\` 700. What is
added is the count of pending sends, and whom to report if they fail. Waiting for a single receiver by \`await\`
reached 3.07 times, but where the stack ends it rejects behind everybody's back. Handlers kept for a single receiver
from send to send gained 6 %, for a state that each send has to be told apart from; for several, one async function
per receiver, closures instead of bound functions, or \`Promise.all\` where nobody fails (20 % slower for ten, half as
fast where all reject) were slower. Resolving with an array alone takes a look-up of \`then\` through its prototypes,
320 instructions.`,
  },
  {
    scenarios: ['key-emit-10000', 'key-emit-100000', 'key-send-100000', 'sender-emit-100000'],
    why: `An emit to a key takes 534 instructions (a raw Map 263, eventemitter3 480), among them 30 for the context
and 45 for telling keys that are objects, which are held weakly, from others. All touch the same places in memory;
with 100,000 keys these are in no cache, and a short loop begins to fetch for the next emit while it still waits for
this one. It is not the allocation: with 1 MB of new space instead of 16 the figures are no better. With 100,000
senders, the same build and the raw WeakMap alike vary by a factor of two between runs.`,
  },
  {
    scenarios: ['churn-10-at-random', 'churn-keys-10000-at-random', 'churn-keys-10000-one-key-over-and-over'],
    why: `Both take a handle, a link, checked options and a look-up of the function (the same receiver by another key
is one receiver): 1,853 instructions for ten, with eventemitter3 1,052; 3,628 for 10,000 keys, with eventemitter3
2,714. By key, the Map takes 450 of them, the WeakMap of functions 250, the names of the options 260. Letting emptied
keys stand for a while is worth 15 %, links without a base class 7 %, one look-up of the function instead of two 3 %.`,
  },
  {
    scenarios: ['bus-1-unbounded', 'bus-10-unbounded', 'bus-100-unbounded', 'bus-chain'],
    why: `That a subscriber may stop its own bus without waiting for itself, after an \`await\` as well, takes an
AsyncLocalStorage, which is most of the time on Node 20. Without it the rows would still be behind.`,
  },
  {
    scenarios: ['bridge-redis-1', 'bridge-redis-3', 'bridge-redis-10'],
    why: `The client writes a Buffer apart from its command, text together with it: handing it text gained 7 %, but
telling text from bytes takes \`isUtf8\` of Node, and the engine runs elsewhere, too. Runs differ by 30 %.`,
  },
];
