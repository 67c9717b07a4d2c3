/** The last chapter of the report. */
export const method = `## How it is measured

- Each contender runs each scenario in processes of its own, warmed up on that scenario: a new one for each round (growth:
  one for all rounds), for a process keeps the luck that it started with. The contenders take turns, beginning with
  another one each time, so that whatever else the machine does falls on all of them alike. A figure is the median of its
  rounds; the spread is half the distance from the lowest to the highest.
- Absolute times differ between machines and days. The goals are ratios of medians from one run.
- A round lasts 50 ms or longer (growth: 20 ms per operation, or half a second in all; message servers: half a second). A
  scenario whose verbs return promises awaits each of them before the next.
- A warm-up lasts 300 ms, which is enough for V8 to compile what is called a hundred thousand times meanwhile. Sends over a
  message server are too slow for that: there it is 8,000 sends.
- Receivers add a field of the kwargs to a sum that is checked after every round. There are four bodies for each kind of
  receiver, and eight signals are sent in random order (emit, send), so that no loop can be compiled into one receiver and
  no processor foresees the next one by its place in a cycle. They are as cheap as work can be, which makes every
  nanosecond around them show.
- The processors at hand run a loop over ten receivers at one of two speeds, which changes from round to round (75 or
  115 ns for the raw array): it depends on whether they foresee which function comes next. A loop that says
  \`receiver.call(…)\`, as eventemitter3's does, keeps to the faster one, for V8 looks at the kind of function first, and that
  gives it away. Here a receiver may have a \`call\` of its own, so that is no choice.
- Emitters are used in the way that is fastest for them: one per signal with a constant event name. Where signals are
  names on one emitter, as they often are, compare \`manager.emit(signal)\`.
- "raw" is the same work without a library: what can't be beaten by much, and does none of the rest. tapable writes its
  loops at run time; it is shown, not chased.
- Memory is the difference in heap after full collections, over 100,000 connections or more.
  Functions, keys and senders are made before the first measurement, identity hashes and interned names included.
- Message servers are started by the benchmark on loopback ports; what needs one that is not installed is left out. Each
  node that is sent to is a process, so with more nodes than processors they wait for each other, whoever measures.
- Presence is counted with a mocked clock, all nodes in one process: the same in every round and on every machine.
- A library that does less should be faster: the table above says what each does.

\`\`\`sh
npm run bench                        # everything, and write this file
npm run bench -- emit,send           # some groups: only their chapters are written anew
npm run bench -- emit-10             # one scenario: printed, not written
npm run bench -- emit --rounds 15 --contenders signalbox,raw-array
npm run bench -- bridge,presence     # with nats-server and redis-server, if they are installed
npm run bench -- send --before ../old/dist/index.js   # another build of the core, round by round beside this one
node bench/instructions.mjs emit-1 signalbox,eventemitter3   # instructions per operation, counted by Valgrind
\`\`\`

To add a group, write a file in \`scenarios/\`, name it in \`scenarios/index.mjs\`, and give the contenders the verbs it
needs (\`contenders/\`, one file each, as few lines as possible: all that happens between the loop and the library).
`;
