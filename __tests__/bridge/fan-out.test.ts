import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { nodes, nodesOnFakeClock } from '../helpers/fake-clock-nodes.js';
import { type Node, told } from '../helpers/nodes.js';
import { flush } from '../helpers/promises.js';
import { RUN, StubEngine, hello, onWire } from '../helpers/stub-engine.js';

nodesOnFakeClock();

// How a bridge passes a send on to several nodes. `b` and `c` are played by the test.

let engine: StubEngine;
let a: Node;

beforeEach(async () => {
  engine = new StubEngine();
  a = await nodes.add('a', { engine });
  for (const [born, from] of ['b', 'c'].entries()) engine.receive(onWire(hello({ from, born })));
  engine.take();
});

/** The messages about calls that were posted since the last time, each with its node and number. */
const posted = (): unknown[] =>
  engine.take().flatMap(({ subject, header: { type, id, stop } }) => {
    const node = /\.node\.(\w+)\./.exec(subject)?.[1];
    return ['call', 'go', 'abort'].includes(type as string) ? [[type, node, id, ...(type === 'go' ? [stop] : [])]] : [];
  });

const results = (from: string, type: 'result' | 'answer', id: number, ...values: number[]): void => {
  const lines = values.map((value) => {
    return JSON.stringify([{ receiverName: 1, status: 2, value: 3 }, 'play', 'fulfilled', value]);
  });
  engine.receive(onWire({ type, from, run: RUN, id }, lines.join('\n')));
};

const lost = (from: string): string => `NodeLostError: Node "${from}" was lost before it answered a send of signal "x"`;
/** Another run of the node takes its name. */
const replace = (from: string): void => engine.receive(onWire(hello({ from, run: 'beefbeefbeefbeef', born: 9 })));

describe('a send to several nodes', () => {
  it('has one number for all of them', async () => {
    const sent = a.x.send();
    expect(posted()).toEqual([
      ['call', 'b', 1],
      ['call', 'c', 1],
    ]);
    results('c', 'answer', 1, 3);
    results('b', 'answer', 1, 1, 2);
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  it.each(['send', 'emit'] as const)('goes out, by %s, after what has just been connected here (H2)', async (verb) => {
    a.x.connect(() => 'here');
    const sent = a.x[verb]();
    const types = engine.take().map(({ header }) => header['type']);
    for (const node of ['b', 'c']) results(node, 'answer', 1);
    await sent;
    expect(types).toEqual(['change', 'call', 'call']);
  });

  it('goes on, one after the other, after one that was lost before its turn (H3)', async () => {
    engine.receive(onWire(hello({ from: 'd', born: 5 })));
    const sent = a.x.sendSerial();
    await flush();
    posted();
    replace('c');
    results('b', 'answer', 1, 1);
    await flush();
    expect(posted()).toEqual([['call', 'd', 2]]);
    results('d', 'answer', 2, 3);
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['c', lost('c')],
      ['d', 3],
    ]);
  });

  it('gives each 250 ms more than the time limit of the send, then tells it to stop', async () => {
    const sent = a.x.send({}, { timeoutMs: 100 });
    posted();
    jest.advanceTimersByTime(349);
    results('b', 'answer', 1, 1);
    expect(posted()).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(posted()).toEqual([['abort', 'c', 1]]);
    const late = 'ReceiverTimeoutError: Receiver of node "c" of signal "x" has not settled within 100 ms';
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['c', late],
    ]);
    expect(a.errors.map(String)).toEqual([late]);
  });

  it('has no grace without a limit of its own', async () => {
    const sent = a.x.send();
    // In steps, so that the nodes are not lost.
    for (let n = 0; n < 5; n++) {
      for (const from of ['b', 'c']) engine.receive(onWire({ type: 'pong', from, run: RUN, unknown: [] }));
      jest.advanceTimersByTime(1_000);
    }
    const late = (node: string) =>
      `ReceiverTimeoutError: Receiver of node "${node}" of signal "x" has not settled within 5000 ms`;
    expect(told(await sent)).toEqual([
      ['b', late('b')],
      ['c', late('c')],
    ]);
  });

  it('reports an abort once for each node that has not answered', async () => {
    const controller = new AbortController();
    const sent = a.x.send({}, { abortSignal: controller.signal });
    results('b', 'answer', 1, 1);
    posted();
    controller.abort('enough');
    expect(posted()).toEqual([['abort', 'c', 1]]);
    expect(await sent).toEqual([
      { status: 'fulfilled', value: 1, receiverName: 'play', node: 'b' },
      { status: 'rejected', reason: 'enough', receiverName: '(no answer)', node: 'c' },
    ]);
    expect(a.errors).toEqual(['enough']);
  });

  it('that was aborted before it starts asks no node, and reports that for each', async () => {
    const sent = await a.x.send({}, { abortSignal: AbortSignal.abort('before') });
    expect(told(sent)).toEqual([
      ['b', 'before'],
      ['c', 'before'],
    ]);
    expect([posted(), a.errors]).toEqual([[], ['before', 'before']]);
  });
});

describe('a serial send to several nodes', () => {
  it('has a number for each', async () => {
    const sent = a.x.sendSerial();
    await flush();
    expect(posted()).toEqual([['call', 'b', 1]]);
    results('b', 'answer', 1, 1);
    await flush();
    expect(posted()).toEqual([['call', 'c', 2]]);
    results('c', 'answer', 2, 2);
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('asks the nodes that are left at once when it is hurried, and stops none of them', async () => {
    const hurry = new AbortController();
    const sent = a.x.sendSerial({}, { hurrySignal: hurry.signal, until: ({ status }) => status === 'rejected' });
    await flush();
    expect(posted()).toEqual([['call', 'b', 1]]);
    hurry.abort();
    expect(posted()).toEqual([['call', 'c', 2]]);
    results('b', 'result', 1, 1);
    results('c', 'answer', 2, 3);
    await flush();
    expect(posted()).toEqual([['go', 'b', 1, false]]);
    results('b', 'answer', 1, 2);
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  it('asks all nodes at once if it was hurried before', async () => {
    const sent = a.x.sendSerial({}, { hurrySignal: AbortSignal.abort() });
    await flush();
    expect(posted()).toEqual([
      ['call', 'b', 1],
      ['call', 'c', 1],
    ]);
    results('b', 'answer', 1, 1);
    results('c', 'answer', 1, 2);
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('gives a node its time anew with each result', async () => {
    const sent = a.x.sendSerial({}, { timeoutMs: 100 });
    await flush();
    jest.advanceTimersByTime(349);
    results('b', 'result', 1, 1);
    jest.advanceTimersByTime(349);
    posted();
    jest.advanceTimersByTime(1);
    await flush();
    expect(posted()).toEqual([
      ['abort', 'b', 1],
      ['call', 'c', 2],
    ]);
    results('c', 'answer', 2);
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['b', expect.stringContaining('ReceiverTimeoutError')],
    ]);
  });

  it('calls no other node after `until` was true for one that is then lost (T7)', async () => {
    const until = jest.fn(({ status }: { status: string }) => status === 'fulfilled');
    const sent = a.x.sendSerial({}, { until });
    await flush();
    results('b', 'result', 1, 1);
    replace('b');
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['b', lost('b')],
    ]);
    expect(until).toHaveBeenCalledTimes(1);
    expect(posted()).toEqual([
      ['call', 'b', 1],
      ['go', 'b', 1, true],
    ]);
  });

  it.each([
    ['this one closes', () => void a.bridge.close({ timeoutMs: 0 })],
    ['all are silent', () => undefined],
  ])('calls none of the nodes that are lost together, when %s (T7)', async (_when, begin) => {
    const sends = [a.x.send(), a.x.sendSerial()];
    await flush();
    begin();
    for (let beat = 0; beat < 10; beat++) {
      jest.advanceTimersByTime(1_000);
      await flush();
    }
    const both = ['b', 'c'].map((node) => [node, lost(node)]);
    expect((await Promise.all(sends)).map(told)).toEqual([both, both]);
    expect(posted()).toEqual([
      ['call', 'b', 1],
      ['call', 'c', 1],
      ['call', 'b', 2],
    ]);
  });

  it('fails for a node that is lost before its turn, and skips one that has left', async () => {
    const sent = a.x.sendSerial();
    await flush();
    posted();
    replace('c');
    results('b', 'answer', 1, 1);
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['c', lost('c')],
    ]);
    expect([posted(), a.errors.map(String)]).toEqual([[], [lost('c')]]);
    const again = a.x.sendSerial();
    await flush();
    const [[, , id]] = posted() as [[string, string, number]];
    engine.receive(onWire({ type: 'bye', from: 'c', run: 'beefbeefbeefbeef' }));
    results('b', 'answer', id, 1);
    expect(told(await again)).toEqual([['b', 1]]);
    expect(posted()).toEqual([]);
  });

  it('that is aborted is reported for every node that has not answered', async () => {
    const controller = new AbortController();
    const sent = a.x.sendSerial({}, { abortSignal: controller.signal });
    await flush();
    results('b', 'result', 1, 1);
    posted();
    controller.abort('enough');
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['b', 'enough'],
      ['c', 'enough'],
    ]);
    expect([posted(), a.errors]).toEqual([[['abort', 'b', 1]], ['enough', 'enough']]);
  });

  it('waits for the last answer of the node that `until` has stopped', async () => {
    const done: unknown[] = [];
    const sent = a.x.sendSerial({}, { until: () => true }).then((each) => done.push(...told(each)));
    await flush();
    posted();
    results('b', 'result', 1, 1);
    await flush();
    expect([posted(), done]).toEqual([[['go', 'b', 1, true]], []]);
    results('b', 'answer', 1);
    await sent;
    expect([posted(), done]).toEqual([[], [['b', 1]]]);
  });

  it('asks `until` also about a node that gives no answer', async () => {
    const asked: unknown[] = [];
    const until = (result: unknown): boolean => {
      asked.push(...told([result]));
      return (result as { status: string }).status === 'rejected';
    };
    const sent = a.x.sendSerial({}, { until });
    await flush();
    results('b', 'result', 1, 1);
    expect(posted().at(-1)).toEqual(['go', 'b', 1, false]);
    replace('b');
    expect(told(await sent)).toEqual([
      ['b', 1],
      ['b', lost('b')],
    ]);
    expect(asked).toEqual([
      ['b', 1],
      ['b', lost('b')],
    ]);
    expect(posted()).toEqual([]);
  });
});
