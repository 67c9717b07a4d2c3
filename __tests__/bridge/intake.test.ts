import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Intake } from '../../src/bridge/intake.js';
import { ASYNC_DISPOSE } from '../../src/dispose.js';
import { deferred, flush } from '../helpers/promises.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
afterEach(() => void jest.useRealTimers());

const pass = async (ms: number) => {
  jest.advanceTimersByTime(ms);
  await flush();
};

/** What a member asks its server for, each question answered by the test. */
function member() {
  const intake = new Intake();
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
    end: () => done.push('end'),
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

  it('is tidied up every minute, also after a failure, until it ends', async () => {
    const { consumer, done } = member();
    await pass(60_000);
    await pass(60_000);
    expect(done).toEqual(['ask', 'tidy', 'tidy']);
    await consumer[ASYNC_DISPOSE]();
    expect(jest.getTimerCount()).toBe(0);
  });
});
