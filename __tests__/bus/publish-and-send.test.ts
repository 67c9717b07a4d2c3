import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { QueueOverflowError, SignalBus } from '../../src/bus/index.js';
import type * as busOfACopy from '../../src/bus/index.js';
import { Signal, SignalManager, type SendResult } from '../../src/index.js';
import { flush, rejectionOf } from '../helpers/promises.js';

let copy: typeof busOfACopy;

beforeAll(async () => {
  await jest.isolateModulesAsync(async () => {
    copy = await import('../../src/bus/index.js');
  });
});

describe('a direct send of the topic’s Signal by a receiver that a publish calls (B2)', () => {
  type Kwargs = { payload: string };

  const ways: [name: string, defaults: Kwargs | undefined, again: (kwargs: Kwargs) => Kwargs][] = [
    ['new kwargs', undefined, ({ payload }) => ({ payload })],
    ['the same kwargs', undefined, (kwargs) => kwargs],
    ['kwargs with defaults', { payload: '' }, (kwargs) => kwargs],
  ];
  const watches = [false, true];
  const cases = ways.flatMap(([name, ...way]) =>
    watches.map((isWatched) => [isWatched ? `${name}, watched` : name, ...way, isWatched] as const),
  );

  /** A stopped bus with room for the publish only, and a receiver that sends the same again, after the queue. */
  function sendingAgain(overflow: 'throw' | 'wait', [, defaults, again, isWatched]: (typeof cases)[number]) {
    const manager = new SignalManager({ onError: null });
    if (isWatched) manager.watch({ onSend: () => ({}), onWork: () => ({}) });
    const signal = new Signal<Kwargs>({ name: 'rows', manager, ...(defaults && { defaults }) });
    const bus = new SignalBus({ manager });
    const handled: string[] = [];
    bus.subscriber(signal, (payload: string) => handled.push(payload), { limit: 1, overflow });
    let inner: Promise<SendResult[]> | undefined;
    let sent = false;
    const sendAgain = (kwargs: Kwargs): void => {
      if (sent) return;
      sent = true;
      inner = signal.send(again(kwargs));
    };
    manager.connect(sendAgain, signal);
    const results = (): Promise<SendResult[]> => inner as Promise<SendResult[]>;
    return { bus, signal, handled, results };
  }

  it.each(cases)('fails itself with `throw`, and not the publish: %s', async (...way) => {
    const { bus, signal, handled, results } = sendingAgain('throw', way);
    await bus.publish(signal, 'a');
    expect(await results()).toMatchObject([
      { status: 'rejected', reason: expect.any(QueueOverflowError) },
      { status: 'fulfilled' },
    ]);
    await bus.run(() => undefined);
    expect(handled).toEqual(['a']);
  });

  it.each(cases)('waits itself with `wait`, and the publish does not: %s', async (...way) => {
    const { bus, signal, handled, results } = sendingAgain('wait', way);
    await bus.publish(signal, 'a');
    let sent = false;
    void results().then(() => (sent = true));
    await flush();
    expect(sent).toBe(false);
    await bus.run(() => undefined);
    expect(await results()).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
    expect(handled).toEqual(['a', 'a']);
  });

  it('leaves a publish by a receiver a publish of its own', async () => {
    const manager = new SignalManager();
    const signal = new Signal<Kwargs>({ manager });
    const bus = new SignalBus({ manager });
    bus.subscriber(signal, () => undefined, { limit: 1, overflow: 'throw' });
    let inner: Promise<unknown> | undefined;
    const publishAgain = ({ payload }: Kwargs): void => {
      if (payload === 'a') inner = rejectionOf(bus.publish(signal, 'b'));
    };
    manager.connect(publishAgain, signal);
    await bus.publish(signal, 'a');
    expect(await inner).toBeInstanceOf(QueueOverflowError);
  });
});

describe('buses of two copies of this library on one manager (B2, R20)', () => {
  it('make a publish of one wait for the full queues of the other', async () => {
    const manager = new SignalManager();
    const [publishing, subscribed] = [new SignalBus({ manager }), new copy.SignalBus({ manager })];
    const handled: number[] = [];
    subscribed.subscriber('t', (payload: number) => handled.push(payload), { limit: 1 });
    await publishing.publish('t', 1);
    let published = false;
    const second = publishing.publish('t', 2).then(() => (published = true));
    await flush();
    expect(published).toBe(false);
    await subscribed.run(() => undefined);
    await second;
    expect(handled).toEqual([1, 2]);
  });

  it('make a publish of one reject when a queue of the other throws', async () => {
    const reported: unknown[] = [];
    const manager = new SignalManager({ onError: (error) => reported.push(error) });
    const [publishing, subscribed] = [new SignalBus({ manager }), new copy.SignalBus({ manager })];
    subscribed.subscriber('t', () => undefined, { limit: 1, overflow: 'throw' });
    await publishing.publish('t', 1);
    expect(await rejectionOf(publishing.publish('t', 2))).toBeInstanceOf(copy.QueueOverflowError);
    expect(reported).toEqual([]);
  });
});
