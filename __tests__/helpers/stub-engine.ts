import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import type { Engine } from '../../src/bridge/types.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const RUN = 'feedfeedfeedfeed';
/** `{ n: 1 }`, without senders and keys. */
export const CONTENT = '[[1,3,4],{"n":2},1,[],[]]';

/** A message as it is written on the wire. */
export function onWire(header: object, payload = '', version = '1.0'): Uint8Array {
  return encoder.encode(`${version}\n${JSON.stringify(header)}\n${payload}`);
}

/** What another node, `b` unless said otherwise, says of itself. */
export function hello(fields: object = {}): object {
  const signals = [['x', 'everything', null]];
  return { type: 'hello', from: 'b', run: RUN, born: 1, everyMs: 1_000, revision: 0, signals, ...fields };
}

/** A call that `b` makes. */
export function callOf(id: number, fields: object = {}): object {
  return { type: 'call', from: 'b', run: RUN, id, signal: 'x', kind: 'send', ...fields };
}

export interface Posted {
  readonly subject: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: string;
}

/** An engine without anybody at the other end: what one bridge publishes is kept, and what it gets is up to the test. */
export class StubEngine implements Engine {
  readonly name = 'stub';
  keep = true;
  /** Whether the nodes that have said hello answer the one that is said as a node leaves. */
  answersLeaving = true;
  readonly #known = new Map<string, string>();
  #posted: Posted[] = [];
  #onMessage: ((data: Uint8Array) => void) | undefined;

  publish(subject: string, data: Uint8Array): void {
    if (!this.keep && !decoder.decode(data.subarray(0, 200)).includes('"type":"hello"')) return;
    const [, text = '', ...payload] = decoder.decode(data).split('\n');
    const header = JSON.parse(text) as Posted['header'];
    if (this.keep) this.#posted.push({ subject, header, payload: payload.join('\n') });
    const leaves = header['type'] === 'hello' && (header['signals'] as unknown[]).length === 0;
    if (leaves && this.answersLeaving) queueMicrotask(() => this.#answerLeaving(header['revision'] as number));
  }

  /** Of nodes that the test has made up, none would. */
  #answerLeaving(answers: number): void {
    for (const [from, run] of this.#known) {
      this.receive(onWire(hello({ type: 'here', from, run, revision: Number.MAX_SAFE_INTEGER, answers })));
    }
  }

  subscribe(_subject: string, onMessage: (data: Uint8Array) => void): Promise<AsyncDisposable> {
    this.#onMessage = onMessage;
    return Promise.resolve({ [ASYNC_DISPOSE]: () => Promise.resolve() });
  }

  /** As if it had come from elsewhere. */
  receive(data: Uint8Array): void {
    if (this.keep) this.#note(data);
    this.#onMessage?.(data);
  }

  #note(data: Uint8Array): void {
    try {
      const { type, from, run } = JSON.parse(decoder.decode(data).split('\n')[1] ?? '') as Record<string, unknown>;
      if (type === 'hello') this.#known.set(String(from), String(run));
    } catch {
      // no message
    }
  }

  /** What was published since it was last asked. */
  take(): Posted[] {
    return this.#posted.splice(0);
  }
}
