// What a contender does when receivers fail, leave or join during a send: tried out, not looked up, since a faster
// library may be one that does less. Run as a process of its own: what is tried may end it.

export const probes = {
  'others are called when one throws': async ({ signal, connect, call }) => {
    const place = signal('probe');
    let called = false;
    connect(place, () => {
      throw new Error('probe');
    });
    connect(place, () => {
      called = true;
    });
    await call(place);
    return called;
  },
  'the error reaches neither sender nor process': async ({ signal, connect, call, escaped }) => {
    const place = signal('probe');
    connect(place, () => {
      throw new Error('probe');
    });
    const { threw } = await call(place);
    return !threw && !(await escaped());
  },
  'disconnected before its turn: not called': async ({ signal, connect, disconnect, call }) => {
    if (!disconnect) return undefined;
    const place = signal('probe');
    let called = false;
    const second = () => {
      called = true;
    };
    connect(place, () => disconnect(place, second, handle));
    const handle = connect(place, second);
    await call(place);
    return !called;
  },
  'connected meanwhile: called from the next send on': async ({ signal, connect, call }) => {
    const place = signal('probe');
    let calls = 0;
    const late = () => {
      calls++;
    };
    let joined = false;
    connect(place, () => {
      if (!joined) connect(place, late);
      joined = true;
    });
    await call(place);
    return calls === 0;
  },
  'connected twice: called once': async ({ signal, connect, call }) => {
    const place = signal('probe');
    let calls = 0;
    const receiver = () => {
      calls++;
    };
    connect(place, receiver);
    connect(place, receiver);
    await call(place);
    return calls === 1;
  },
  'an outcome per receiver, failures included': async ({ signal, connect, send }) => {
    if (!send) return undefined;
    const place = signal('probe');
    connect(place, async () => 'result');
    connect(place, async () => {
      throw new Error('probe');
    });
    const outcomes = await Promise.resolve(send(place, {})).catch(() => undefined);
    return outcomes?.[0]?.value === 'result' && outcomes[1]?.reason?.message === 'probe';
  },
};

/** Answers to all probes; `undefined` where a contender has no such verb. */
async function tryOut(contender) {
  let escapes = 0;
  process.on('uncaughtException', () => escapes++);
  process.on('unhandledRejection', () => escapes++);
  console.error = () => {}; // some report there

  const answers = {};
  for (const [title, probe] of Object.entries(probes)) {
    const verbs = contender.bySignal();
    const verb = verbs.emit ?? verbs.send;
    const escapesBefore = escapes;
    answers[title] = await probe({
      ...verbs,
      connect(place, receiver) {
        return verbs.connect(place, contender.about.asyncOnly ? async (kwargs) => receiver(kwargs) : receiver);
      },
      async call(place) {
        try {
          await verb(place, {});
          return { threw: false };
        } catch {
          return { threw: true };
        }
      },
      async escaped() {
        await new Promise((resolve) => globalThis.setTimeout(resolve, 20));
        return escapes > escapesBefore;
      },
    });
  }
  return answers;
}

const [, script, contenderFile] = process.argv;
if (script === import.meta.filename && process.send) {
  const contender = await import(`./contenders/${contenderFile}.mjs`);
  const answers = contender.bySignal ? await tryOut(contender) : {};
  process.send({ about: contender.about, answers }, () => process.disconnect());
}
