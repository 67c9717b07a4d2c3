// Tries out what a contender does when receivers fail, leave or join during a send, because a faster library may be one
// that does less. Runs as a process of its own, because a probe may end it.

export const probes = {
  'others are called when one throws': async ({ signal, connect, call }) => {
    const target = signal('probe');
    let called = false;
    connect(target, () => {
      throw new Error('probe');
    });
    connect(target, () => {
      called = true;
    });
    await call(target);
    return called;
  },
  'the error reaches neither sender nor process': async ({ signal, connect, call, escaped }) => {
    const target = signal('probe');
    connect(target, () => {
      throw new Error('probe');
    });
    const { threw } = await call(target);
    return !threw && !(await escaped());
  },
  'disconnected before its turn: not called': async ({ signal, connect, disconnect, call }) => {
    if (!disconnect) return undefined;
    const target = signal('probe');
    let called = false;
    const second = () => {
      called = true;
    };
    connect(target, () => disconnect(target, second, handle));
    const handle = connect(target, second);
    await call(target);
    return !called;
  },
  'connected meanwhile: called from the next send on': async ({ signal, connect, call }) => {
    const target = signal('probe');
    let calls = 0;
    const late = () => {
      calls++;
    };
    let joined = false;
    connect(target, () => {
      if (!joined) connect(target, late);
      joined = true;
    });
    await call(target);
    return calls === 0;
  },
  'connected twice: called once': async ({ signal, connect, call }) => {
    const target = signal('probe');
    let calls = 0;
    const receiver = () => {
      calls++;
    };
    connect(target, receiver);
    connect(target, receiver);
    await call(target);
    return calls === 1;
  },
  'an outcome per receiver, failures included': async ({ signal, connect, send }) => {
    if (!send) return undefined;
    const target = signal('probe');
    connect(target, async () => 'result');
    connect(target, async () => {
      throw new Error('probe');
    });
    const outcomes = await Promise.resolve(send(target, {})).catch(() => undefined);
    return outcomes?.[0]?.value === 'result' && outcomes[1]?.reason?.message === 'probe';
  },
};

/** Resolves with the answers to all probes; `undefined` if a contender has no such verb. */
async function tryOut(contender) {
  let escapes = 0;
  process.on('uncaughtException', () => escapes++);
  process.on('unhandledRejection', () => escapes++);
  console.error = () => {}; // some contenders report failures there

  const answers = {};
  for (const [title, probe] of Object.entries(probes)) {
    const verbs = contender.bySignal();
    const verb = verbs.emit ?? verbs.send;
    const escapesBefore = escapes;
    answers[title] = await probe({
      ...verbs,
      connect(target, receiver) {
        return verbs.connect(target, contender.about.asyncOnly ? async (kwargs) => receiver(kwargs) : receiver);
      },
      async call(target) {
        try {
          await verb(target, {});
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
