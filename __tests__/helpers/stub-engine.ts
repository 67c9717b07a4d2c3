import { ASYNC_DISPOSE } from '../../src/dispose.js';
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
  #posted: Posted[] = [];
  #onMessage: ((data: Uint8Array) => void) | undefined;

  publish(subject: string, data: Uint8Array): void {
    if (!this.keep) return;
    const [, header = '', ...payload] = decoder.decode(data).split('\n');
    this.#posted.push({ subject, header: JSON.parse(header) as Posted['header'], payload: payload.join('\n') });
  }

  subscribe(_subject: string, onMessage: (data: Uint8Array) => void): Promise<AsyncDisposable> {
    this.#onMessage = onMessage;
    return Promise.resolve({ [ASYNC_DISPOSE]: () => Promise.resolve() });
  }

  /** As if it had come from elsewhere. */
  receive(data: Uint8Array): void {
    this.#onMessage?.(data);
  }

  /** What was published since it was last asked. */
  take(): Posted[] {
    return this.#posted.splice(0);
  }
}
