import { ROOT_CONTEXT, SpanKind, context, createTraceState, propagation, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bridge, memoryEngine } from '../../src/bridge/index.js';
import { attachFar } from '../../src/far/index.js';
import { Signal, SignalManager, type TraceParent } from '../../src/index.js';
import { type TraceSignalsOptions, traceSignals } from '../../src/otel/index.js';
import { Elsewhere, noAnswer } from '../helpers/elsewhere.js';
import { Tracing, remoteContext, shown, treeOf } from './tracing.js';

let tracing: Tracing;
let manager: SignalManager;
let saved: Signal<{ id: number }>;
let watching: Disposable | undefined;

beforeEach(() => {
  tracing = new Tracing();
  manager = new SignalManager({ name: 'shop', onError: null });
  saved = new Signal<{ id: number }>({ name: 'saved', manager });
});

afterEach(async () => {
  watching?.[Symbol.dispose]();
  watching = undefined;
  await tracing.end();
});

function observe(options?: TraceSignalsOptions): Disposable {
  return (watching = traceSignals(options));
}

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const unsampled = traceparent.replace(/01$/, '00');

/** Remote receivers that take a send without an answer. */
function elsewhere(signal: Signal = saved as unknown as Signal): {
  far: Elsewhere;
  attached: ReturnType<typeof attachFar>;
} {
  const far = new Elsewhere();
  far.silent = true;
  return { far, attached: attachFar(manager, signal, far) };
}

describe('the spans of a send (O1)', () => {
  it('are its own and one per receiver, children of the active span', async () => {
    observe();
    saved.connect(function store() {
      return 1;
    });
    saved.connect(async function index() {
      return 2;
    });
    await tracing.request(() => saved.send({ id: 1 }));
    expect(tracing.tree).toEqual([
      'request',
      'request > send saved',
      'request > send saved > receive saved',
      'request > send saved > receive saved',
    ]);
    expect(tracing.spans.filter(({ name }) => name !== 'request').map(shown)).toEqual([
      { name: 'receive saved', kind: 'INTERNAL', attributes: { 'code.function.name': 'store' } },
      { name: 'receive saved', kind: 'INTERNAL', attributes: { 'code.function.name': 'index' } },
      {
        name: 'send saved',
        kind: 'INTERNAL',
        attributes: { 'signalbox.signal': 'saved', 'signalbox.kind': 'send', 'signalbox.receivers': 2 },
      },
    ]);
    expect(tracing.spans.map(({ instrumentationScope }) => instrumentationScope.name)).toEqual([
      'signalbox',
      'signalbox',
      'signalbox',
      'tests',
    ]);
  });

  it('is a PRODUCER if it goes to threads or nodes', () => {
    observe();
    elsewhere();
    tracing.request(() => saved.emit({ id: 1 }));
    expect(shown(tracing.span('send saved'))).toEqual({
      name: 'send saved',
      kind: 'PRODUCER',
      attributes: {
        'signalbox.signal': 'saved',
        'signalbox.kind': 'emit',
        'signalbox.receivers': 0,
        'signalbox.peers': ['far'],
        'messaging.system': 'signalbox',
        'messaging.destination.name': 'saved',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
      },
    });
  });

  it('is a CONSUMER for a remote delivery, child of the send that came', async () => {
    observe();
    const { attached } = elsewhere();
    saved.connect(() => undefined);
    await attached.deliver({ kwargs: { id: 1 }, trace: { traceparent } });
    expect(shown(tracing.span('process saved'))).toEqual({
      name: 'process saved',
      kind: 'CONSUMER',
      attributes: {
        'signalbox.signal': 'saved',
        'signalbox.kind': 'send',
        'signalbox.receivers': 1,
        'messaging.system': 'signalbox',
        'messaging.destination.name': 'saved',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
      },
    });
    expect(tracing.span('process saved').parentSpanContext).toMatchObject({ spanId: 'b'.repeat(16), isRemote: true });
  });

  it.each(['send', 'sendSerial', 'sendSync', 'emit'] as const)('of a %s are the same', async (verb) => {
    observe();
    saved.connect(() => undefined);
    await tracing.request(() => saved[verb]({ id: 1 }) as Promise<unknown>);
    expect(tracing.tree).toEqual(['request', 'request > send saved', 'request > send saved > receive saved']);
  });

  it('start no more after disposing, and managers that were made later were traced', () => {
    const own = observe();
    const later = new SignalManager().signal('later');
    later.connect(() => undefined);
    tracing.request(() => later.emit());
    expect(tracing.tree).toContain('request > send later');
    own[Symbol.dispose]();
    tracing.clear();
    tracing.request(() => later.emit());
    expect(tracing.tree).toEqual(['request']);
  });

  it('are those of the chosen managers and sends', () => {
    const other = new SignalManager();
    const ping = other.signal<{ id: number }>('ping');
    for (const signal of [saved, ping]) signal.connect(() => undefined);
    const own = observe({ managers: new Set([manager]) });
    tracing.request(() => [saved, ping].forEach((signal) => signal.emit({ id: 1 })));
    expect(tracing.tree).toEqual(['request', 'request > send saved', 'request > send saved > receive saved']);
    own[Symbol.dispose]();
    tracing.clear();
    const where = (what: { readonly signal?: unknown }): boolean => {
      if (what.signal === saved) throw new Error('no');
      return true;
    };
    observe({ where });
    tracing.request(() => [saved, ping].forEach((signal) => signal.emit({ id: 1 })));
    expect(tracing.tree).toEqual(['request', 'request > send ping', 'request > send ping > receive ping']);
  });

  it('are not there for a send that reaches nobody, unless `where` accepts it', () => {
    observe();
    tracing.request(() => saved.emit({ id: 1 }));
    expect(tracing.tree).toEqual(['request']);
    watching?.[Symbol.dispose]();
    observe({ where: () => true });
    tracing.request(() => saved.emit({ id: 1 }));
    expect(tracing.tree).toEqual(['request', 'request', 'request > send saved']);
    expect(tracing.span('send saved').kind).toBe(SpanKind.INTERNAL);
  });

  it.each([undefined, () => true])(
    'are of a producer for a durable send, whose peers are empty; `where`: %p',
    async (where) => {
      const bridge = new Bridge(manager, memoryEngine(), { namespace: 'shop', node: 'till' });
      await bridge.share(saved, { durable: true });
      observe({ where });
      await tracing.request(() => saved.send({ id: 1 }));
      expect(tracing.tree).toEqual(['request', 'request > send saved']);
      expect(tracing.span('send saved')).toMatchObject({
        kind: SpanKind.PRODUCER,
        attributes: { 'messaging.system': 'signalbox', 'messaging.destination.name': 'saved' },
      });
      await bridge.close();
    },
  );
});

describe('receivers (O2)', () => {
  const connectThree = (): void => {
    saved.connect(function fine() {
      return 1;
    });
    saved.connect(function fails() {
      throw Object.assign(new RangeError('no'), { code: 'ERR_NO' });
    });
  };

  it("are events with 'events'", () => {
    observe({ receivers: 'events' });
    connectThree();
    tracing.request(() => saved.emit({ id: 1 }));
    expect(tracing.tree).toEqual(['request', 'request > send saved']);
    const { events, attributes } = tracing.span('send saved');
    expect(events.map((event) => [event.name, event.attributes])).toEqual([
      ['receive', { 'code.function.name': 'fine' }],
      ['receive', { 'code.function.name': 'fails', 'error.type': 'ERR_NO' }],
    ]);
    expect(attributes['signalbox.failures']).toBe(1);
  });

  it("are neither with 'none', and failures are counted, remote and expected ones included", async () => {
    observe({ receivers: 'none' });
    connectThree();
    const far = new Elsewhere();
    attachFar(manager, saved, far);
    const sent = tracing.request(() => saved.send({ id: 1 }, { expected: [RangeError] }));
    far.answer(noAnswer('far', new Error('gone')));
    await sent;
    const { events, attributes } = tracing.span('send saved');
    expect([events, attributes['signalbox.failures']]).toEqual([[], 2]);
    expect(tracing.tree).toEqual(['request', 'request > send saved']);
  });
});

describe('the active span (O3)', () => {
  it('is the receiver’s, also after an await; nested sends and spans become its children', async () => {
    observe();
    const shipped = new Signal<{ id: number }>({ name: 'shipped', manager });
    shipped.connect(() => undefined);
    saved.connect(async ({ id }) => {
      await Promise.resolve();
      trace.getTracer('tests').startSpan('query').end();
      await shipped.send({ id });
    });
    await tracing.request(() => saved.sendSerial({ id: 1 }));
    expect(tracing.tree).toEqual([
      'request',
      'request > send saved',
      'request > send saved > receive saved',
      'request > send saved > receive saved > query',
      'request > send saved > receive saved > send shipped',
      'request > send saved > receive saved > send shipped > receive shipped',
    ]);
  });

  it('of a later receiver of a serial send is its own, too', async () => {
    observe();
    const names: unknown[] = [];
    const look = async (): Promise<void> => {
      await Promise.resolve();
      const span = trace.getActiveSpan() as unknown as { readonly attributes: Record<string, unknown> };
      names.push(span.attributes['code.function.name']);
    };
    saved.connect(async function first() {
      await look();
    });
    saved.connect(async function second() {
      await look();
    });
    await tracing.request(() => saved.sendSerial({ id: 1 }));
    expect(names).toEqual(['first', 'second']);
  });
});

describe('failures (O4)', () => {
  it.each([
    ['an error', new RangeError('no'), 'RangeError', 'no'],
    ['an error with a code', Object.assign(new Error('no'), { code: 'ERR_NO' }), 'ERR_NO', 'no'],
    ['a text', 'no', '_OTHER', 'no'],
    ['undefined', undefined, '_OTHER', 'undefined'],
    [
      'an object with a getter that throws',
      {
        get code(): string {
          throw new Error();
        },
        name: 7,
      },
      '_OTHER',
      undefined,
    ],
  ])('of a receiver: %s', (_what, error, type, message) => {
    observe();
    saved.connect(() => {
      throw error;
    });
    tracing.request(() => saved.emit({ id: 1 }));
    const receive = shown(tracing.span('receive saved'));
    expect(receive).toMatchObject({ status: 'ERROR', attributes: { 'error.type': type }, events: ['exception'] });
    expect(tracing.span('receive saved').events[0]?.attributes?.['exception.message']).toBe(message);
    expect(shown(tracing.span('send saved'))).toMatchObject({ attributes: { 'signalbox.failures': 1 } });
    expect(shown(tracing.span('send saved'))).not.toHaveProperty('status');
  });

  it('that are expected have an `error.type` only', () => {
    observe();
    saved.connect(() => {
      throw new RangeError('no');
    });
    tracing.request(() => saved.emit({ id: 1 }, { expected: [RangeError] }));
    expect(shown(tracing.span('receive saved'))).toEqual({
      name: 'receive saved',
      kind: 'INTERNAL',
      attributes: { 'code.function.name': '(anonymous)', 'error.type': 'RangeError' },
    });
  });

  it('of the send itself', async () => {
    observe();
    saved.connect(() => 1);
    const until = (): boolean => {
      throw new RangeError('until');
    };
    await tracing.request(() => saved.sendSerial({ id: 1 }, { until })).catch(() => undefined);
    expect(shown(tracing.span('send saved'))).toMatchObject({
      status: 'ERROR',
      attributes: { 'error.type': 'RangeError' },
    });
    expect(shown(tracing.span('receive saved'))).not.toHaveProperty('status');
  });
});

describe('without a trace (O5)', () => {
  it('there is no span, and no trace travels', () => {
    observe();
    saved.connect(() => undefined);
    const { far } = elsewhere();
    saved.emit({ id: 1 });
    expect([tracing.tree, far.started.map((send) => send.trace)]).toEqual([[], [undefined]]);
  });

  it('a send starts one with `onlyWithinTrace: false`', () => {
    observe({ onlyWithinTrace: false });
    saved.connect(() => undefined);
    const { far } = elsewhere();
    saved.emit({ id: 1 });
    const { traceId, spanId } = tracing.span('send saved').spanContext();
    expect(tracing.tree).toEqual(['send saved', 'send saved > receive saved']);
    expect(far.started.map((send) => send.trace)).toEqual([{ traceparent: `00-${traceId}-${spanId}-01` }]);
  });
});

describe('a trace that is not sampled (O6)', () => {
  it.each([true, false])('has no spans here, and travels on as it is, onlyWithinTrace: %s', async (onlyWithinTrace) => {
    observe({ onlyWithinTrace });
    const shipped = new Signal<{ id: number }>({ name: 'shipped', manager });
    shipped.connect(() => undefined);
    saved.connect(async (kwargs) => {
      await Promise.resolve();
      shipped.emit(kwargs);
    });
    const { far, attached } = elsewhere();
    await context.with(remoteContext(0), () => {
      saved.emit({ id: 1 });
      return manager.drain();
    });
    const given = { kwargs: { id: 2 }, trace: { traceparent: unsampled, tracestate: 'a=1' } };
    await attached.deliver(given);
    expect([tracing.tree, far.started.map((send) => send.trace)]).toEqual([[], [{ traceparent: unsampled }]]);
  });

  it('is also one that the sampler drops', async () => {
    await tracing.end();
    tracing = new Tracing(new AlwaysOffSampler());
    observe({ onlyWithinTrace: false });
    const { far } = elsewhere();
    saved.connect(() => undefined);
    saved.emit({ id: 1 });
    expect(tracing.started).toEqual([]);
    expect(far.started[0]?.trace?.traceparent).toMatch(/-00$/);
  });
});

describe('what travels (O7)', () => {
  it('is the context of the send’s span with its trace state, whatever propagator is registered, and no baggage', () => {
    const inject = jest.fn();
    propagation.setGlobalPropagator({ inject, extract: () => ROOT_CONTEXT, fields: () => [] });
    observe();
    const { far } = elsewhere();
    const parent = {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      traceState: createTraceState('v=1'),
    };
    const baggage = propagation.createBaggage({ secret: { value: 'x' } });
    const within = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, parent), baggage);
    context.with(within, () => saved.emit({ id: 1 }));
    const { spanId } = tracing.span('send saved').spanContext();
    expect(far.started.map((send) => send.trace)).toEqual([
      { traceparent: `00-${'a'.repeat(32)}-${spanId}-01`, tracestate: 'v=1' },
    ]);
    expect(inject).not.toHaveBeenCalled();
    propagation.disable();
  });
});

describe('a remote delivery', () => {
  const deliver = (given?: Partial<TraceParent>, delivery?: { id: string; attempt: number }) => {
    const { attached } = elsewhere();
    return attached.deliver({ kwargs: { id: 1 }, trace: given, delivery } as never);
  };

  it('never has the active span as its parent (O8)', async () => {
    observe();
    const shipped = new Signal<{ id: number }>({ name: 'shipped', manager });
    shipped.connect(() => undefined);
    saved.connect((kwargs) => shipped.emit(kwargs));
    await tracing.request(() => deliver({ traceparent }));
    expect(tracing.tree).toEqual([
      'request',
      '? > process saved',
      '? > process saved > receive saved',
      '? > process saved > receive saved > send shipped',
      '? > process saved > receive saved > send shipped > receive shipped',
    ]);
    expect(tracing.span('process saved').spanContext().traceId).toBe('a'.repeat(32));
  });

  it('without a trace neither joins nor passes on the active one (O5, O8)', async () => {
    observe();
    const shipped = new Signal<{ id: number }>({ name: 'shipped', manager });
    shipped.connect(() => undefined);
    saved.connect((kwargs) => shipped.emit(kwargs));
    await tracing.request(() => deliver());
    expect(tracing.tree).toEqual(['request']);
  });

  it("is a root span with a link with follow: 'link' (O9)", async () => {
    observe({ follow: 'link' });
    saved.connect(() => undefined);
    await deliver({ traceparent, tracestate: 'v=1' });
    const span = tracing.span('process saved');
    expect(tracing.tree).toEqual(['process saved', 'process saved > receive saved']);
    expect(span.links.map((link) => link.context.spanId)).toEqual(['b'.repeat(16)]);
    expect(span.spanContext().traceId).not.toBe('a'.repeat(32));
  });

  it('that is durable is a root span with a link (O10)', async () => {
    observe();
    saved.connect(() => undefined);
    await deliver({ traceparent }, { id: 'job-1', attempt: 2 });
    expect(tracing.tree).toEqual(['process saved', 'process saved > receive saved']);
    expect(shown(tracing.span('process saved'))).toMatchObject({
      attributes: { 'messaging.message.id': 'job-1', 'signalbox.attempt': 2 },
      links: ['b'.repeat(16)],
    });
  });

  it.each([
    '',
    'x',
    traceparent.toUpperCase(),
    traceparent.replace('00-', 'ff-'),
    traceparent.replace(/a/g, '0'),
    traceparent.replace(/b/g, '0'),
    `${traceparent}-x`,
    traceparent.slice(0, -1),
    `${traceparent}\n`,
    7,
    { toString: () => traceparent },
  ])('with the invalid trace %j is traced like one without (O13)', async (hostile) => {
    observe({ onlyWithinTrace: false });
    saved.connect(() => undefined);
    await tracing.request(() => deliver({ traceparent: hostile as string }));
    expect(tracing.tree).toEqual(['request', 'process saved', 'process saved > receive saved']);
    expect(tracing.span('process saved').links).toEqual([]);
  });
});

describe('every span ends once (O14)', () => {
  it('after a time-out, an abort, a close, and disposing in the middle', async () => {
    const ended: string[] = [];
    const counting: SpanProcessor = {
      onStart: () => undefined,
      onEnd: ({ name }) => void ended.push(name),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    await tracing.end();
    tracing = new Tracing(undefined, [counting]);
    observe();
    let finish: (() => void)[] = [];
    saved.connect(() => new Promise<void>((resolve) => finish.push(resolve)));
    const abort = new AbortController();
    const late = tracing.request(() => saved.send({ id: 1 }, { timeoutMs: 0 }));
    const aborted = tracing.request(() => saved.sendSerial({ id: 1 }, { abortSignal: abort.signal }));
    abort.abort();
    await Promise.all([late, aborted]);
    const pending = tracing.request(() => saved.send({ id: 1 }));
    const closing = manager.close();
    watching?.[Symbol.dispose]();
    for (const each of finish.splice(0)) each();
    finish = [];
    await Promise.all([pending, closing]);
    expect(ended.filter((name) => name !== 'request').sort()).toEqual([
      ...Array<string>(3).fill('receive saved'),
      ...Array<string>(3).fill('send saved'),
    ]);
    expect(tracing.spans).toHaveLength(9);
  });

  it('of sends that are nested too deep', () => {
    observe();
    saved.connect(({ id }) => saved.emit({ id: id + 1 }));
    expect(() => tracing.request(() => saved.emit({ id: 1 }))).toThrow('nested');
    for (const span of tracing.started) if ((span as unknown as { name: string }).name === 'request') span.end();
    expect(tracing.spans.length).toBeGreaterThan(2);
  });

  it('of one function that is called for several objects, with its own outcome', async () => {
    observe();
    const answers = new Map<object, (error: Error) => void>();
    const receiver = function (this: object): Promise<unknown> {
      return new Promise((_resolve, reject) => answers.set(this, reject));
    };
    const objects = [{}, {}, {}];
    for (const thisArg of objects) saved.connect(receiver, { thisArg });
    const sent = tracing.request(() => saved.send({ id: 1 }));
    const starts = tracing.started.slice(2);
    for (const index of [2, 0, 1]) {
      const object = objects[index];
      if (object !== undefined) answers.get(object)?.(Object.assign(new Error('no'), { code: `ERR_${index}` }));
      await Promise.resolve();
    }
    await sent;
    const codes = (starts as unknown as { attributes: Record<string, unknown> }[]).map(
      (span) => span.attributes['error.type'],
    );
    expect(codes).toEqual(['ERR_0', 'ERR_1', 'ERR_2']);
  });
});

describe('values (O15)', () => {
  it('are in no span', async () => {
    observe();
    const login = new Signal<{ password: string }>({ name: 'login', manager });
    login.connect(({ password }) => password, { sender: 'hunter2' });
    login.connect(({ password }) => password, { key: 'hunter2' });
    await tracing.request(() => login.send({ password: 'hunter2' }, { sender: 'hunter2', key: 'hunter2' }));
    const text = JSON.stringify(
      tracing.spans.map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    );
    expect(text).toContain('send login');
    expect(text).not.toContain('hunter2');
  });

  it('are added by `attributes`, whose error changes nothing else', () => {
    const shipped = new Signal<{ id: number }>({ name: 'shipped', manager });
    for (const signal of [saved, shipped]) signal.connect(() => undefined);
    observe({
      attributes: (what) => {
        if (what.signal === shipped) throw new Error('no');
        return { id: 7, 'signalbox.signal': 'mine' };
      },
    });
    tracing.request(() => [saved, shipped].forEach((signal) => signal.emit({ id: 1 })));
    expect(tracing.span('send saved').attributes).toMatchObject({ id: 7, 'signalbox.signal': 'saved' });
    expect(tracing.span('send shipped').attributes).not.toHaveProperty('id');
  });
});

describe('without an SDK (O17)', () => {
  it('nothing is recorded, results are the same, and a trace from elsewhere travels on', async () => {
    await tracing.end();
    observe({ onlyWithinTrace: false });
    const shipped = new Signal<{ id: number }>({ name: 'shipped', manager });
    const { attached } = elsewhere();
    const { far } = elsewhere(shipped as unknown as Signal);
    const receiver = (kwargs: { id: number }) => {
      shipped.emit(kwargs);
      return kwargs.id;
    };
    saved.connect(receiver);
    expect(await attached.deliver({ kwargs: { id: 3 }, trace: { traceparent } })).toEqual([
      { status: 'fulfilled', value: 3, receiver },
    ]);
    expect(far.started).toHaveLength(1);
  });

  it('and without a context manager receivers still follow their send', async () => {
    context.disable();
    observe({ onlyWithinTrace: false });
    saved.connect(async () => 1);
    await saved.sendSerial({ id: 1 });
    expect(tracing.tree).toEqual(['send saved', 'send saved > receive saved']);
  });
});

describe('options', () => {
  it.each([
    [null, 'options'],
    [{ tracer: 1 }, '`tracer`'],
    [{ managers: 7 }, '`managers`'],
    [{ managers: [7] }, '`managers[0]`'],
    [{ receivers: 'all' }, '`receivers`'],
    [{ where: 'x' }, '`where`'],
    [{ onlyWithinTrace: 1 }, '`onlyWithinTrace`'],
    [{ follow: 'parent' }, '`follow`'],
    [{ attributes: {} }, '`attributes`'],
    [{ tracerProvider: {} }, '`tracerProvider`'],
    [{ meterProvider: 1 }, '`meterProvider`'],
  ])('%j is refused with %s', (options, named) => {
    expect(() => traceSignals(options as never)).toThrow(TypeError);
    expect(() => traceSignals(options as never)).toThrow(named);
  });

  it('undefined for any of them is the default, and a closed manager is refused', async () => {
    observe({
      managers: undefined,
      receivers: undefined,
      where: undefined,
      follow: undefined,
      meterProvider: undefined,
    });
    const closed = new SignalManager();
    await closed.close();
    expect(() => traceSignals({ managers: [manager, closed] })).toThrow('closed');
    saved.connect(() => undefined);
    tracing.request(() => saved.emit({ id: 1 }));
    expect(tracing.tree).toEqual(['request', 'request > send saved', 'request > send saved > receive saved']);
  });

  it('a tracerProvider is used instead of the global one', () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    observe({ tracerProvider, onlyWithinTrace: false });
    saved.connect(() => undefined);
    saved.emit({ id: 1 });
    expect(treeOf(exporter.getFinishedSpans()).sort()).toEqual(['send saved', 'send saved > receive saved']);
    expect(tracing.started).toEqual([]);
  });
});
