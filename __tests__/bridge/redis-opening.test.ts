import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { redisEngine } from 'signalbox/redis';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { type Deferred, deferred, flush, rejectionOf } from '../helpers/promises.js';

describe('what a client of Redis opens, given up meanwhile', () => {
  /** A client whose duplicates are connected when the test says so; what is asked of them is not answered. */
  function client() {
    const made: (EventEmitter & { destroyed: number; connected: Deferred<void> })[] = [];
    const asked: string[] = [];
    const duplicate = () => {
      const ended = deferred<never>();
      ended.promise.catch(() => undefined);
      const hang = (name: string) => {
        asked.push(name);
        return ended.promise;
      };
      const other = Object.assign(new EventEmitter(), {
        destroyed: 0,
        connected: deferred(),
        connect: () => Promise.race([other.connected.promise, ended.promise]),
        subscribe: (subject: string) => (subject === 'first' ? Promise.resolve() : hang(subject)),
        sendCommand: ([name = '']: readonly string[]) => hang(name),
        destroy: () => {
          other.destroyed += 1;
          ended.reject(new Error('closed'));
        },
      });
      made.push(other);
      return other;
    };
    const engine = redisEngine({ duplicate } as never);
    const destroyed = () => made.map((other) => other.destroyed);
    return { made, asked, destroyed, engine };
  }

  it('is ended: a consumer whose connection is being made, also where that is made after all', async () => {
    const { made, destroyed, engine } = client();
    const controller = new AbortController();
    const options = { abortSignal: controller.signal };
    const consumer = rejectionOf(
      engine.durable?.consume('s', 'g', () => Promise.resolve(), options) as Promise<unknown>,
    );
    controller.abort(new Error('enough'));
    expect(await consumer).toEqual(new Error('enough'));
    const [before = 0, reader = 0] = destroyed();
    expect([before, reader].every((times) => times > 0)).toBe(true);
    made[0]?.emit('connect');
    expect(made[0]?.destroyed).toBeGreaterThan(before);
  });

  it('is ended: a consumer that waits for an answer of a server that has gone away', async () => {
    const { made, asked, destroyed, engine } = client();
    const controller = new AbortController();
    const options = { abortSignal: controller.signal };
    const consumer = rejectionOf(
      engine.durable?.consume('s', 'g', () => Promise.resolve(), options) as Promise<unknown>,
    );
    for (const { connected } of made) connected.resolve();
    await flush();
    expect([asked, destroyed()]).toEqual([['XINFO'], [0, 0]]);
    controller.abort(new Error('enough'));
    expect(await consumer).toEqual(new Error('enough'));
    expect(destroyed().every((times) => times > 0)).toBe(true);
  });

  it('is ended: a subscription of a connection that has another one, which stays until it ends', async () => {
    const { made, asked, destroyed, engine } = client();
    const controller = new AbortController();
    const [onMessage, options] = [() => undefined, { abortSignal: controller.signal }];
    const first = engine.subscribe('first', onMessage, options);
    made[0]?.connected.resolve();
    const second = rejectionOf(engine.subscribe('second', onMessage, options));
    const { [ASYNC_DISPOSE]: end } = await first;
    await flush();
    controller.abort(new Error('enough'));
    expect([await second, asked, destroyed()]).toEqual([new Error('enough'), ['second'], [0]]);
    await end();
    expect(destroyed()).toEqual([1]);
  });

  it.each([
    ['a subscription', 'subscribe'],
    ['a consumer', 'consume'],
  ])('is not waited for where it was given up before: %s', async (_what, kind) => {
    const { destroyed, engine } = client();
    const options = { abortSignal: AbortSignal.abort(new Error('enough')) };
    const opening =
      kind === 'subscribe'
        ? engine.subscribe('s', () => undefined, options)
        : (engine.durable?.consume('s', 'g', () => Promise.resolve(), options) as Promise<unknown>);
    expect(await Promise.race([rejectionOf(opening), flush()])).toEqual(new Error('enough'));
    await flush(); // what was being opened fails, for nobody
    expect(destroyed().every((times) => times > 0)).toBe(true);
  });

  it('is not asked for when the connection of others is made', async () => {
    const { made, asked, engine } = client();
    const controller = new AbortController();
    const kept = engine.subscribe('first', () => undefined);
    const given = rejectionOf(engine.subscribe('second', () => undefined, { abortSignal: controller.signal }));
    controller.abort(new Error('enough'));
    expect(await given).toEqual(new Error('enough'));
    made[0]?.connected.resolve();
    const { [ASYNC_DISPOSE]: end } = await kept;
    await flush();
    expect(asked).toEqual([]);
    await end();
  });

  it('leaves the others alone that wait for the same subscription', async () => {
    const { made, destroyed, engine } = client();
    const controller = new AbortController();
    const options = { abortSignal: controller.signal };
    const seen: unknown[] = [];
    const given = rejectionOf(engine.subscribe('first', (data) => seen.push(['given up', data]), options));
    const kept = engine.subscribe('first', (data) => seen.push(['kept', data]));
    controller.abort(new Error('enough'));
    expect([await given, destroyed()]).toEqual([new Error('enough'), [0]]);
    made[0]?.connected.resolve();
    await (await kept)[ASYNC_DISPOSE]();
    expect(destroyed()).toEqual([1]);
  });
});
