import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, RECEIVER_CONNECTED, Signal, SignalManager, sharedManager } from '../../src/index.js';
import { SignalBus } from '../../src/bus/index.js';
import { attachFar } from '../../src/far/index.js';
import { type Recording, isolateSharedManager, record, silence } from '../../src/testing/index.js';
import { DISPOSE } from '../../src/internal/dispose.js';
import { Elsewhere, farResult, noAnswer } from '../helpers/elsewhere.js';
import { deferred, errorOf, flush } from '../helpers/promises.js';
import { fulfilled } from '../helpers/results.js';

let manager: SignalManager;
let ordered: Signal<{ item: string }>;
let paid: Signal;

beforeEach(() => {
  manager = new SignalManager({ name: 'shop', onError: null });
  ordered = new Signal({ name: 'ordered', manager });
  paid = new Signal({ name: 'paid', manager });
});

const silent = (): undefined => undefined;
const namesOf = ({ sends }: Recording): unknown[] => sends.map(({ signal }) => (signal as Signal).name);

describe('record (S1)', () => {
  it('has every send in the order in which they began, with what it was sent with', async () => {
    const receiver = (): string => 'packed';
    ordered.connect(receiver);
    ordered.connect(() => paid.emit());
    const recording = record(manager);
    const kwargs = { item: 'Dune' };
    await ordered.send(kwargs, { sender: 'ann', keys: ['books', 1] });
    await paid.sendSerial();
    paid.sendSync();
    expect(recording.sends).toEqual([
      {
        signal: ordered,
        manager,
        kind: 'send',
        origin: 'local',
        kwargs,
        senders: ['ann'],
        keys: ['books', 1],
        results: [fulfilled(receiver, 'packed'), expect.objectContaining({ status: 'fulfilled' })],
      },
      ...(['emit', 'serial', 'sync'] as const).map((kind) => ({
        signal: paid,
        manager,
        kind,
        origin: 'local',
        kwargs: {},
        senders: [],
        keys: [],
        results: [],
      })),
    ]);
    expect(recording.sends[0]?.kwargs).toBe(kwargs);
  });

  it('ends with its disposal, and keeps what it has', () => {
    const recording = record(manager);
    paid.emit();
    recording[DISPOSE]();
    recording[DISPOSE]();
    paid.emit();
    expect(namesOf(recording)).toEqual(['paid']);
  });

  it('takes the current shared manager without arguments, and several managers, each once', () => {
    using _isolation = isolateSharedManager();
    const recording = record();
    sharedManager().emit(paid);
    expect(recording.sends.map((send) => send.manager)).toEqual([sharedManager()]);
    const other = new SignalManager();
    const both = record(manager, other, manager);
    paid.emit();
    other.emit(paid);
    expect(both.sends.map((send) => send.manager)).toEqual([manager, other]);
  });

  it('has no reports of connections and no kept sends of sticky signals', () => {
    const sticky = new Signal({ name: 'sticky', manager, sticky: true });
    manager.connect(silent, RECEIVER_CONNECTED);
    sticky.emit();
    const recording = record(manager);
    sticky.connect(silent);
    expect(recording.sends).toEqual([]);
  });

  it('refuses anything that is not an open manager, and then records none of them', async () => {
    expect(() => record(manager, {} as SignalManager)).toThrow('Expected `manager` to be a SignalManager');
    const closed = new SignalManager();
    await closed.close();
    const watch = manager.watch.bind(manager);
    const ended = jest.fn();
    jest.spyOn(manager, 'watch').mockImplementation((observer) => {
      const watching = watch(observer);
      return {
        [DISPOSE]: () => {
          ended();
          watching[DISPOSE]();
        },
      };
    });
    expect(errorOf(() => record(manager, closed))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('has delivered sends of other threads and nodes', async () => {
    const attachment = attachFar(manager, ordered, new Elsewhere());
    const recording = record(manager);
    await attachment.deliver({ kwargs: { item: 'Dune' } });
    expect(recording.sends).toMatchObject([{ origin: 'remote', kind: 'send', kwargs: { item: 'Dune' } }]);
  });
});

describe('the lists of a recording (S2)', () => {
  it('grow as the app sends; of, kwargs and results are new arrays', async () => {
    const recording = record(manager);
    const { sends, failures } = recording;
    const receiver = (): string => 'packed';
    ordered.connect(receiver);
    ordered.emit({ item: 'Dune' });
    paid.emit();
    const before = [recording.of(ordered), recording.kwargs(ordered), recording.results(ordered)];
    const emma = { item: 'Emma' };
    await ordered.send(emma);
    expect([sends.length, failures.length]).toEqual([3, 0]);
    expect(before.map((list) => list.length)).toEqual([1, 1, 1]);
    expect(recording.of(ordered)).toEqual([sends[0], sends[2]]);
    expect(recording.kwargs(ordered)).toEqual([{ item: 'Dune' }, { item: 'Emma' }]);
    expect(recording.kwargs(ordered)[1]).toBe(emma);
    expect(recording.results(ordered)).toEqual([fulfilled(receiver, 'packed'), fulfilled(receiver, 'packed')]);
    expect(() => recording.of('ordered' as never)).toThrow('Expected `signal` to be a symbol or an object');
  });

  it('has results in the order in which they became known', async () => {
    const slow = deferred<string>();
    ordered.connect(() => slow.promise);
    ordered.connect(() => 'fast');
    const recording = record(manager);
    const sent = ordered.send({ item: 'Dune' });
    expect(recording.results(ordered)).toMatchObject([{ value: 'fast' }]);
    slow.resolve('slow');
    await sent;
    expect(recording.results(ordered)).toMatchObject([{ value: 'fast' }, { value: 'slow' }]);
  });
});

describe('the failures of a recording (S3)', () => {
  it('has each rejected result once, expected ones and remote ones, too', async () => {
    const [failure, expected, remote] = [new Error('no'), new RangeError('out'), new Error('far')];
    ordered.connect(function fail() {
      throw failure;
    });
    ordered.connect(async function refuse() {
      throw expected;
    });
    const far = new Elsewhere();
    attachFar(manager, ordered, far);
    const recording = record(manager);
    const sent = ordered.send({ item: 'Dune' }, { expected: [RangeError] });
    far.answer(farResult('far', 1), noAnswer('far', remote));
    await sent;
    expect(recording.failures).toEqual([
      { error: failure, signal: ordered, receiverName: 'fail', expected: false },
      { error: expected, signal: ordered, receiverName: 'refuse', expected: true },
      { error: remote, signal: ordered, receiverName: 'far', expected: false },
    ]);
  });
});

describe('clear (S4)', () => {
  it('empties both lists, and sends in progress are not recorded any more', async () => {
    const slow = deferred();
    ordered.connect(() => slow.promise);
    const recording = record(manager);
    const { sends, failures } = recording;
    paid.connect(() => {
      throw new Error('no');
    });
    paid.emit();
    const sent = ordered.send({ item: 'Dune' });
    recording.clear();
    expect([sends, failures]).toEqual([[], []]);
    slow.reject(new Error('late'));
    await sent;
    paid.emit();
    expect([namesOf(recording), failures.length]).toEqual([['paid'], 1]);
  });
});

describe('silence (S5)', () => {
  it('records and mutes: no receiver, wait, stream, thread, node or queue gets a send', async () => {
    const receiver = jest.fn(() => 'packed');
    ordered.connect(receiver);
    manager.connect(receiver, ANY);
    const bus = new SignalBus({ manager });
    const subscriber = jest.fn();
    bus.subscriber('rows', subscriber);
    await bus.start();
    const far = new Elsewhere();
    attachFar(manager, ordered, far);
    const stream = ordered.stream();
    const waiting = deferred<string>();
    void ordered.wait().then(() => waiting.resolve('came'));
    const recording = silence(manager);
    expect(await ordered.send({ item: 'Dune' })).toEqual([]);
    await bus.publish('rows', 1);
    await paid.send();
    await flush();
    expect([receiver.mock.calls, subscriber.mock.calls, far.started]).toEqual([[], [], []]);
    expect(recording.kwargs(ordered)).toEqual([{ item: 'Dune' }]);
    expect(recording.sends.map(({ results }) => results)).toEqual([[], [], []]);
    recording[DISPOSE]();
    const sent = ordered.send({ item: 'Emma' });
    far.answer(farResult('far', 1));
    expect(await sent).toHaveLength(2);
    expect((await stream.next()).value).toMatchObject({ kwargs: { item: 'Emma' } });
    expect(await waiting.promise).toBe('came');
    expect(recording.kwargs(ordered)).toEqual([{ item: 'Dune' }]);
    await stream.return?.();
    await bus.stop();
  });

  it('sends the signals in except as usual, to receivers of ANY, too', async () => {
    const [own, any] = [jest.fn(), jest.fn()];
    for (const signal of [ordered, paid]) signal.connect(own);
    manager.connect(any, ANY);
    const late = new Signal({ name: 'late', manager });
    {
      using recording = silence(manager, { except: new Set([paid, late]) });
      ordered.emit({ item: 'Dune' });
      paid.emit();
      late.connect(own);
      late.emit();
      const other = new Signal({ name: 'other', manager });
      other.connect(own);
      other.emit();
      const waiting = manager.wait(ANY);
      ordered.emit({ item: 'Emma' });
      paid.emit();
      expect((await waiting).context.signal).toBe(paid);
      expect(namesOf(recording)).toEqual(['ordered', 'paid', 'late', 'other', 'ordered', 'paid']);
    }
    expect([own.mock.calls.length, any.mock.calls.length]).toEqual([3, 3]);
    ordered.emit({ item: 'Emma' });
    expect([own.mock.calls.length, any.mock.calls.length]).toEqual([4, 4]);
  });

  it('nests with mutes and with itself', () => {
    const receiver = jest.fn();
    paid.connect(receiver);
    const outer = silence(manager, { except: [paid] });
    const inner = silence(manager);
    paid.emit();
    outer[DISPOSE]();
    paid.emit();
    expect(receiver).not.toHaveBeenCalled();
    inner[DISPOSE]();
    paid.emit();
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['a string', 'paid', 'Expected `except` to be an iterable of signals, got string "paid"'],
    ['a signal', Symbol('paid'), 'Expected `except` to be an iterable of signals, got Symbol(paid)'],
    ['a member that is no signal', ['paid'], 'Expected `except[0]` to be a symbol or an object'],
  ])('refuses %s as except', (_what, except, message) => {
    expect(() => silence(manager, { except: except as never })).toThrow(message);
    expect(() => silence(manager, { only: [] } as never)).toThrow('Unknown option `only` of silence');
    expect(errorOf(() => silence(undefined as never))).toBeInstanceOf(TypeError);
    const receiver = jest.fn();
    paid.connect(receiver);
    paid.emit();
    expect(receiver).toHaveBeenCalledTimes(1);
  });
});
