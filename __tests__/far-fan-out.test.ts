import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FanOut, type FanOutRules, type FanOutTransport } from '../src/far/fan-out.js';
import type { FanOutCall } from '../src/far/fan-out-call.js';
import type { FarSend } from '../src/far/index.js';
import type { FarResult } from '../src/index.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const RULES: FanOutRules = {
  allOf: (name) => name,
  place: 'thread',
  reportsAbort: 'idle',
  waitsAfterUntil: false,
};

/** A send to `b` and `c` over a transport that notes what it is told. */
function sent(
  send: Partial<FarSend>,
  onAsk: (call: FanOutCall<string>) => void = () => undefined,
  rules: Partial<FanOutRules> = {},
) {
  const done: string[] = [];
  const asked: FanOutCall<string>[] = [];
  const transport: FanOutTransport<string> = {
    rules: { ...RULES, ...rules },
    nameOf: (target) => target,
    absenceOf: () => undefined,
    ask: (calls) => {
      for (const call of calls) {
        done.push(`ask ${call.target}`);
        asked.push(call);
        onAsk(call);
      }
    },
    goOn: ({ target }, stop) => void done.push(`go ${target} ${stop}`),
    tellAbort: (calls) => void done.push(...calls.map(({ target }) => `abort ${target}`)),
    release: ({ target }) => void done.push(`release ${target}`),
    end: () => void done.push('end'),
  };
  const report = (_error: unknown, name: string): void => void done.push(`report ${name}`);
  const options = { signal: 'x', targets: ['b', 'c'], attachment: { report }, timeoutMs: 1_000 };
  const whole = { kwargs: {}, kind: 'serial', senders: [], keys: [], expected: [], ...send } as unknown as FarSend;
  const fanOut: FanOut<string> = new FanOut({ ...options, send: whole }, transport);
  return { fanOut, done, asked, results: fanOut.start() };
}

const result = { status: 'fulfilled', value: 1, receiverName: 'r', thread: 'b' } as const;

describe('FanOut', () => {
  it('leaves no timer after targets that answer while they are asked', async () => {
    const { results, done } = sent({ kind: 'send' }, (call) => call.answer([result]));
    expect(await results).toEqual([result, result]);
    expect(done).toEqual(['ask b', 'release b', 'ask c', 'release c', 'end']);
  });

  it('does not let a target go on when `until` has aborted the send, and reports that target', async () => {
    const { fanOut, results, done, asked } = sent({
      until: ({ status }) => {
        if (status === 'fulfilled') fanOut.abort(new Error('enough'));
        return false;
      },
    });
    asked[0]?.step([result]);
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(done).toEqual(['ask b', 'abort b', 'report b', 'release b', 'report c', 'end']);
  });

  it('leaves the report of an abort to a target whose receiver is running', async () => {
    const { fanOut, results, done, asked } = sent({});
    asked[0]?.step([result]);
    fanOut.abort(new Error('enough'));
    await results;
    expect(done).toEqual(['ask b', 'abort b', 'release b', 'report c', 'end']);
  });

  it('ends at once after `until`, without the last answer, if its rules say so', async () => {
    const { results, done, asked } = sent({ until: () => true });
    asked[0]?.step([result]);
    expect(await results).toEqual([result]);
    expect(done).toEqual(['ask b', 'go b true', 'release b', 'end']);
  });

  it.each(['is lost', 'is aborted'])(
    'stays stopped when the target for which `until` was true %s (T7)',
    async (how) => {
      const asked: FarResult[] = [];
      const until = (each: FarResult): boolean => {
        asked.push(each);
        return each.status === 'fulfilled';
      };
      const { fanOut, results, done, asked: calls } = sent({ until }, undefined, { waitsAfterUntil: true });
      calls[0]?.step([result]);
      calls[0]?.step([result]); // from a target that does not stop
      if (how === 'is lost') calls[0]?.fail('lost');
      else fanOut.abort('aborted');
      expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      expect(asked).toEqual([result]);
      expect(done.filter((each) => /^(ask|go)/.test(each))).toEqual(['ask b', 'go b true', 'go b true']);
    },
  );

  it('shows `until` the result of a target that gives no answer (T7)', async () => {
    const asked: string[] = [];
    const until = ({ status }: FarResult): boolean => asked.push(status) > 0 && status === 'rejected';
    const { results, done, asked: calls } = sent({ until });
    calls[0]?.fail('lost');
    expect(await results).toEqual([{ status: 'rejected', reason: 'lost', receiverName: '(no answer)', thread: 'b' }]);
    expect([asked, done]).toEqual([['rejected'], ['ask b', 'report b', 'release b', 'end']]);
  });
});
