import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PendingWork } from '../../src/internal/pending-work.js';
import { ConsumerLoop } from '../../src/bridge/engines/consumer-loop.js';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { deferred, flush } from '../helpers/promises.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
afterEach(() => void jest.useRealTimers());

const pass = async (ms: number) => {
  jest.advanceTimersByTime(ms);
  await flush();
};

/** What a member asks its server for, each question answered by the test. */
function member() {
  const intake = new ConsumerLoop();
  const done: string[] = [];
  const questions: ReturnType<typeof deferred<void>>[] = [];
  const hanging = deferred();
  const consumer = intake.start({
    ask: async () => {
      done.push('ask');
      questions.push(deferred());
      await questions.at(-1)?.promise;
    },
    recover: () => {
      done.push('recover');
      return done.filter((each) => each === 'recover').length === 1 ? Promise.reject(new Error('no')) : hanging.promise;
    },
    tidy: () => {
      done.push('tidy');
      return Promise.reject(new Error('no'));
    },
    stop: () => {
      done.push('stop');
      questions.at(-1)?.resolve();
    },
    end: () => Promise.resolve(void done.push('end')),
  });
  return { intake, consumer, done, questions };
}

describe('what a member of a group takes in', () => {
  it('is asked for again a while after a failure, whether it could recover or not', async () => {
    const { consumer, done, questions } = member();
    questions[0]?.reject(new Error('connection lost'));
    await flush();
    expect(done).toEqual(['ask']);
    await pass(500);
    expect(done).toEqual(['ask', 'recover', 'ask']);
    await consumer[ASYNC_DISPOSE]();
    expect(done).toEqual(['ask', 'recover', 'ask', 'stop', 'end']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends at once, though it waits for a server that does not answer; not before what is in hand', async () => {
    const { intake, consumer, done, questions } = member();
    const handled = deferred();
    intake.add(handled.promise);
    for (const n of [0, 1]) {
      questions[n]?.reject(new Error('connection lost'));
      await flush();
      await pass(500);
    }
    const ended = consumer[ASYNC_DISPOSE]();
    await flush();
    expect(done).toEqual(['ask', 'recover', 'ask', 'recover', 'stop']);
    handled.resolve();
    await ended;
    expect(done.at(-1)).toBe('end');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up a recovery that does not end, after four seconds', async () => {
    const { consumer, done, questions } = member();
    for (const n of [0, 1]) {
      questions[n]?.reject(new Error('connection lost'));
      await flush();
      await pass(500);
    }
    await pass(3_999);
    expect(done).toEqual(['ask', 'recover', 'ask', 'recover']);
    await pass(1);
    expect(done).toEqual(['ask', 'recover', 'ask', 'recover', 'ask']);
    await consumer[ASYNC_DISPOSE]();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps no process alive while it waits', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const { consumer, questions } = member();
    questions[0]?.reject(new Error('connection lost'));
    await flush();
    // Until it tidies up, and until it asks again.
    expect(timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false, false]);
    timers.mockRestore();
    await consumer[ASYNC_DISPOSE]();
  });

  it('ends once, however often that is asked for', async () => {
    const { consumer, done } = member();
    await Promise.all([consumer[ASYNC_DISPOSE](), consumer[ASYNC_DISPOSE]()]);
    await consumer[ASYNC_DISPOSE]();
    expect(done).toEqual(['ask', 'stop', 'end']);
  });

  it('ends though its open question is not answered: two seconds later, when what is in hand is done', async () => {
    const { intake, consumer, done, questions } = member();
    const handled = deferred();
    intake.add(handled.promise);
    questions[0] = deferred(); // not the one that `stop` ends
    const ended = consumer[ASYNC_DISPOSE]();
    await flush();
    await pass(1_999);
    handled.resolve();
    await flush();
    expect(done).toEqual(['ask', 'stop']);
    await pass(1);
    await ended;
    expect(done).toEqual(['ask', 'stop', 'end']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('asks for nothing more when what it had in hand is done only after its end', async () => {
    const { intake, consumer, done, questions } = member();
    const handled = Array.from({ length: 32 }, () => deferred());
    for (const { promise } of handled) intake.add(promise);
    questions[0]?.resolve();
    await flush();
    const ended = consumer[ASYNC_DISPOSE]();
    for (const { resolve } of handled) resolve();
    await ended;
    expect(done).toEqual(['ask', 'stop', 'end']);
  });

  it('has nothing added to a long job by those that come and go meanwhile', async () => {
    let reactions = 0;
    class Counted extends Promise<void> {
      override then<A, B>(...handlers: Parameters<Promise<void>['then']>): Promise<A | B> {
        reactions += 1;
        return super.then(...handlers) as Promise<A | B>;
      }
    }
    const inHand = new PendingWork();
    inHand.add(new Counted(() => undefined));
    const before = reactions;
    for (let n = 0; n < 100; n++) {
      const short = deferred();
      inHand.add(short.promise);
      const next = inHand.whenOneEnds();
      short.resolve();
      await next;
    }
    expect([inHand.size, reactions - before]).toEqual([1, 0]);
  });

  it('is tidied up every minute, also after a failure, until it ends', async () => {
    const { consumer, done } = member();
    await pass(59_999);
    expect(done).toEqual(['ask']);
    await pass(1);
    await pass(60_000);
    expect(done).toEqual(['ask', 'tidy', 'tidy']);
    await consumer[ASYNC_DISPOSE]();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the failures of a member (H9)', () => {
  function failing() {
    const told: string[] = [];
    let question = deferred();
    let tidied = deferred();
    const consumer = new ConsumerLoop().start({
      ask: () => (question = deferred()).promise,
      recover: () => Promise.resolve(),
      tidy: () => (tidied = deferred()).promise,
      stop: () => question.reject(new Error('stopped')),
      onError: (error) => told.push(String(error)),
    });
    const asked = async (fails?: string) => {
      if (fails === undefined) question.resolve();
      else question.reject(new Error(fails));
      await flush();
      await pass(500);
    };
    const tidies = async (fails?: string) => {
      await pass(60_000);
      if (fails === undefined) tidied.resolve();
      else tidied.reject(new Error(fails));
      await flush();
    };
    return { consumer, told, asked, tidies };
  }

  it.each(['asked', 'tidies'] as const)(
    'are reported from the second in a row on, once for each reason, when it %s',
    async (what) => {
      const { consumer, told, [what]: happens } = failing();
      const counts: number[] = [];
      for (const reason of ['a', 'a', 'a', undefined, 'a', 'a', 'b', 'b']) {
        await happens(reason);
        counts.push(told.length);
      }
      expect([counts, told]).toEqual([
        [0, 1, 1, 1, 1, 2, 3, 3],
        ['Error: a', 'Error: a', 'Error: b'],
      ]);
      await consumer[ASYNC_DISPOSE]();
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  it('are not reported when it ends', async () => {
    const { consumer, told, asked } = failing();
    await asked('a');
    await consumer[ASYNC_DISPOSE]();
    expect(told).toEqual([]);
  });
});
