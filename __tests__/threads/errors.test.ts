import { describe, expect, it } from '@jest/globals';
import type { SendResult } from '../../src/index.js';
import { errorOf, rejectionOf } from '../helpers/promises.js';
import { Stage, leavingNothing, plain } from './threads.js';

leavingNothing();

async function failing(receiver: string) {
  const stage = new Stage(['ping']);
  const thread = await stage.join('a', { ping: receiver });
  return { stage, thread };
}

async function reasonOf(stage: Stage, kwargs: Record<string, unknown> = {}): Promise<unknown> {
  const [result] = await stage.signal('ping').send(kwargs);
  return result?.status === 'rejected' ? result.reason : 'no rejection';
}

describe('what a receiver in another thread throws (T3)', () => {
  it('crosses with name, message, stack, code and cause', async () => {
    const { stage } = await failing('fail');
    const error = (await reasonOf(stage, { deep: true })) as RangeError & { code: string };
    expect(error).toBeInstanceOf(RangeError);
    expect([error.name, error.message, error.code, Object.keys(error)]).toEqual([
      'RangeError',
      'it fails',
      'ERR_OF_MINE',
      ['code'],
    ]);
    expect(error.stack).toMatch(/^RangeError: it fails\n.*receivers\.mjs/);
    const cause = error.cause as TypeError;
    expect(cause).toBeInstanceOf(TypeError);
    expect([cause.message, cause.cause]).toEqual(['the cause', 'its cause']);
  });

  it('keeps the name of a class that is not known here', async () => {
    const { stage } = await failing('failWithOwnError');
    const error = (await reasonOf(stage)) as Error;
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message, Object.keys(error)]).toEqual(['OwnError', 'of a class of its own', []]);
  });

  it('is cloned when it is no error, and described when it can not be', async () => {
    const { stage } = await failing('failWithValue');
    expect(await reasonOf(stage, { value: { anything: [1] } })).toEqual({ anything: [1] });
    expect(await reasonOf(stage)).toBe("() => 'a function'");
  });

  it('is reported once, by the manager that the receiver is connected to', async () => {
    const { stage, thread } = await failing('fail');
    await stage.signal('ping').send();
    expect(await thread.run('reported')).toEqual([['RangeError: it fails', 'fail']]);
    stage.signal('ping').emit();
    await stage.manager.drain();
    expect(await thread.run('reported')).toEqual([['RangeError: it fails', 'fail']]);
    expect(stage.reported).toEqual([]);
  });

  it('is not reported when the sender expects errors of its class', async () => {
    const { stage, thread } = await failing('failWithOwnError');
    class OwnError extends Error {}
    await stage.signal('ping').send({}, { expected: [OwnError] });
    stage.signal('ping').emit({}, { expected: [OwnError] });
    await stage.manager.drain();
    expect(await thread.run('reported')).toEqual([]);
    await stage.signal('ping').send({}, { expected: [RangeError] });
    expect(await thread.run('reported')).toHaveLength(1);
  });
});

describe('what can not be cloned (T3)', () => {
  it('is refused at the sender before anybody is called, here or there', async () => {
    const { stage, thread } = await failing('note');
    const called: unknown[] = [];
    const ping = stage.signal('ping');
    ping.connect((kwargs) => called.push(kwargs));
    for (const kwargs of [{ fn: () => 1 }, { deep: [Symbol('no')] }, { symbol: Symbol('no') }]) {
      const expected = { name: 'DataCloneError' };
      expect(await rejectionOf(ping.send(kwargs))).toMatchObject(expected);
      expect(await rejectionOf(ping.sendSerial(kwargs))).toMatchObject(expected);
      expect(errorOf(() => ping.emit(kwargs))).toMatchObject(expected);
      expect(errorOf(() => ping.emitAfter(1, kwargs))).toMatchObject(expected);
    }
    const getter = {
      get n(): number {
        throw new Error('a getter throws');
      },
    };
    expect(await rejectionOf(ping.send(getter))).toMatchObject({ message: 'a getter throws' });
    await stage.manager.drain();
    expect(called).toEqual([]);
    expect(await thread.run('received')).toEqual([]);
  });

  it('is no matter while nobody elsewhere hears the signal', async () => {
    const stage = new Stage(['ping']);
    await stage.join('a');
    stage.signal('ping').connect(({ fn }) => typeof fn);
    const [result] = await stage.signal('ping').send({ fn: () => 1 });
    expect(result).toMatchObject({ value: 'function' });
  });

  it('is the rejection of the receiver whose result it is, and of no other', async () => {
    const { stage, thread } = await failing('uncloneable');
    await thread.run('connect', 'ping', 'double');
    const expected = [
      {
        status: 'rejected',
        reason: 'DataCloneError: () => undefined could not be cloned.',
        receiverName: 'uncloneable',
        thread: 'a',
      },
      { status: 'fulfilled', value: 2, receiverName: 'double', thread: 'a' },
    ];
    expect(plain(await stage.signal('ping').send({ n: 1 }))).toEqual(expected);
    expect(await thread.run('reported')).toEqual([
      ['DataCloneError: () => undefined could not be cloned.', 'uncloneable'],
    ]);
    const asked: unknown[] = [];
    const until = (result: SendResult) => {
      asked.push(...plain([result]));
      return false;
    };
    expect(plain(await stage.signal('ping').sendSerial({ n: 1 }, { until }))).toEqual(expected);
    expect(asked).toEqual(expected);
    expect(await thread.run('reported')).toHaveLength(1);
  });

  it('is copied where it could be transferred', async () => {
    const { stage } = await failing('note');
    const buffer = new ArrayBuffer(8);
    await stage.signal('ping').send({ buffer });
    expect(buffer.byteLength).toBe(8);
  });
});

describe('kwargs that the signal of the other thread does not declare', () => {
  it('are one rejected result of that thread', async () => {
    const stage = new Stage(['ping']);
    const thread = stage.start();
    await thread.run('declare', 'ping', { n: 0 });
    await thread.run('connect', 'ping', 'double');
    await Promise.all([stage.hub.attach(thread.worker, { name: 'a' }), thread.run('join')]);
    const reason = 'TypeError: Unexpected kwarg `m` for signal "ping", which declares n';
    expect(plain(await stage.signal('ping').send({ m: 1 }))).toEqual([
      { status: 'rejected', reason, receiverName: '(no answer)', thread: 'a' },
    ]);
    expect(stage.reported).toEqual([[reason, 'a']]);
    stage.signal('ping').emit({ m: 1 });
    await stage.manager.drain();
    expect(await thread.run('reported')).toEqual([[reason, 'elsewhere']]);
  });
});
