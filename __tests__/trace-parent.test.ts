import { describe, expect, it, jest } from '@jest/globals';
import { SignalManager, type TraceParent } from '../src/index.js';
import { attachFar } from '../src/far/index.js';
import { Elsewhere } from './helpers/elsewhere.js';

const signal = Symbol('saved');
const [id, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const valid = `00-${id}-${parent}-01`;

function setUp() {
  const onError = jest.fn();
  const manager = new SignalManager({ onError });
  const far = new Elsewhere();
  far.silent = true;
  const attached = attachFar(manager, signal, far);
  return { manager, far, attached, onError };
}

describe('a trace (W14)', () => {
  it.each<[unknown, TraceParent | undefined]>([
    [{ traceparent: valid }, { traceparent: valid }],
    [{ traceparent: `fe-${id}-${parent}-ff` }, { traceparent: `fe-${id}-${parent}-ff` }],
    [{ traceparent: `01-${id}-${parent}-00-more` }, { traceparent: `01-${id}-${parent}-00` }],
    [{ traceparent: `01-${id}-${parent}-00-` }, { traceparent: `01-${id}-${parent}-00` }],
    [
      { traceparent: valid, tracestate: 'a=1' },
      { traceparent: valid, tracestate: 'a=1' },
    ],
    [
      { traceparent: valid, tracestate: '~'.repeat(512) },
      { traceparent: valid, tracestate: '~'.repeat(512) },
    ],
    [{ traceparent: valid, tracestate: undefined }, { traceparent: valid }],
    [{ traceparent: valid, tracestate: '' }, { traceparent: valid }],
    [{ traceparent: valid, tracestate: 'a'.repeat(513) }, { traceparent: valid }],
    [{ traceparent: valid, tracestate: 'é' }, { traceparent: valid }],
    [{ traceparent: valid, tracestate: 'a\n' }, { traceparent: valid }],
    [{ traceparent: valid, tracestate: 5 }, { traceparent: valid }],
    [{ tracestate: 'a=1' }, undefined],
    [{ traceparent: `00-${id}-${parent}-01-more` }, undefined],
    [{ traceparent: `00-${id}-${parent}-01-` }, undefined],
    [{ traceparent: `01-${id}-${parent}-01more` }, undefined],
    [{ traceparent: `${valid}\n` }, undefined],
    [{ traceparent: `ff-${id}-${parent}-01` }, undefined],
    [{ traceparent: `00-${'0'.repeat(32)}-${parent}-01` }, undefined],
    [{ traceparent: `00-${id}-${'0'.repeat(16)}-01` }, undefined],
    [{ traceparent: valid.toUpperCase() }, undefined],
    [{ traceparent: `0-${id}-${parent}-01` }, undefined],
    [{ traceparent: `00-${id}-${parent}-1` }, undefined],
    [{ traceparent: 5 }, undefined],
    [{}, undefined],
    [undefined, undefined],
    [null, undefined],
    [valid, undefined],
  ])('%j is sent and read as %j', async (given, expected) => {
    const { manager, far, attached, onError } = setUp();
    const came: unknown[] = [];
    manager.watch({
      onSend: ({ origin, trace }) => {
        if (origin === 'remote') came.push(trace);
        return { trace: () => given as TraceParent };
      },
    });
    manager.emit(signal);
    attached.deliverEmit({ kwargs: {}, trace: given as TraceParent });
    await attached.deliver({ kwargs: {}, trace: given as TraceParent });
    expect(far.started.map(({ trace }) => trace)).toEqual([expected]);
    expect(came).toEqual([expected, expected]);
    expect(onError).not.toHaveBeenCalled();
  });
});

describe('trace (W15)', () => {
  const other = `00-${id}-${parent}-00`;

  it('is called once, inside `run`, only for a send that goes to threads, nodes or a store', () => {
    const { manager, far } = setUp();
    const calls: string[] = [];
    manager.watch({
      onSend: () => ({
        run: (go) => {
          calls.push('run');
          go();
          calls.push('run over');
        },
        trace: () => {
          calls.push('trace');
          return undefined;
        },
      }),
    });
    manager.connect(() => undefined, signal);
    manager.emit(signal);
    expect(calls.splice(0)).toEqual(['run', 'trace', 'run over']);
    manager.emit(Symbol('local'));
    manager.sendSync(signal);
    far.places.set('far', 'filtered');
    manager.emit(signal);
    const muted = manager.mute();
    manager.emit(signal);
    muted[Symbol.dispose]();
    expect(calls.filter((call) => call === 'trace')).toEqual([]);
    manager.emit(signal, {}, { key: 'a' });
    expect(calls.filter((call) => call === 'trace')).toEqual(['trace']);
  });

  it.each([
    ['the outermost', [valid, other], valid],
    ['the outermost that returns one', [undefined, other], other],
    ['the outermost valid one', ['no', other], other],
  ])('of several watchers, %s wins (W10)', (_which, traces, expected) => {
    const { manager, far } = setUp();
    const traced = traces.map((traceparent) => jest.fn(() => traceparent && ({ traceparent } as const)));
    for (const trace of traced) manager.watch({ onSend: () => ({ trace: trace as () => TraceParent | undefined }) });
    manager.emit(signal);
    expect(far.started.map(({ trace }) => trace)).toEqual([{ traceparent: expected }]);
    expect(traced.map((trace) => trace.mock.calls.length)).toEqual([1, 1]);
  });
});
