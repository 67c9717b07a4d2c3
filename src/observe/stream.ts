import { checkLimit, checkOneOf, checkOptions } from '../internal/check.js';
import { ASYNC_DISPOSE } from '../internal/dispose.js';
import { StreamOverflowError } from '../signals/errors.js';
import { Fifo } from '../internal/fifo.js';
import { Observation, type ObserverHost, checkObservation } from './observation.js';
import { parsedFilterOf } from '../signals/filter.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { namesOf } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { Delivery, SendContext, SignalStream, StreamOptions } from '../contract/signals.js';
import { listedSignalsOf } from '../signals/check-signal.js';

const OVERFLOWS = ['throw', 'drop-oldest', 'drop-newest'];

type Next = IteratorResult<Delivery, unknown>;

/** Collects every matching send from its creation on, and delivers one per `next()`. */
export class Stream implements SignalStream<unknown> {
  readonly #signals: readonly SignalToken[];
  readonly #limit: number;
  readonly #overflow: StreamOptions<never>['overflow'];
  readonly #observation: Observation | undefined;
  readonly #collected = new Fifo<Delivery>();
  readonly #readers = new Fifo<(next: Next | Promise<Next>) => void>();
  #ended = false;

  static {
    describedBy(this.prototype, 'SignalStream', (stream) => `SignalStream of ${namesOf(stream.#signals)}`);
  }

  /** The error that `next()` rejects with once the collected sends have been read. */
  #failure: { readonly error: unknown } | undefined;

  constructor(host: ObserverHost, signal: SignalToken, options: StreamOptions<never> = {}) {
    const signals = listedSignalsOf(signal);
    checkOptions(options, 'stream');
    const { limit = 1000, overflow = 'throw', where, abortSignal } = options;
    checkLimit(limit, 'limit');
    checkOneOf(overflow, 'overflow', OVERFLOWS);
    checkObservation(where, abortSignal);
    const routing = parsedFilterOf(options);
    host.checkOpen();
    this.#signals = signals;
    this.#limit = limit;
    this.#overflow = overflow;
    if (abortSignal?.aborted === true) {
      this.#ended = true;
      return;
    }
    this.#observation = new Observation(host, signals, where, abortSignal, {
      onSend: (kwargs, context) => {
        this.#collect(kwargs, context);
      },
      onError: (error) => {
        this.#end({ error });
      },
      onOver: () => {
        this.#end();
      },
    });
    this.#observation.begin(routing);
    this.#observation.seeKept(routing);
  }

  next(): Promise<Next> {
    if (!(#signals in this)) return Promise.reject(proxyError('SignalStream'));
    const delivery = this.#collected.shift();
    if (delivery !== undefined) return Promise.resolve({ done: false, value: delivery });
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#readers.push(resolve);
    });
  }

  /** Disconnects, and drops the unread sends. Returns `value`, awaited, as generators do. */
  async return(value?: unknown): Promise<Next> {
    if (!(#signals in this)) throw proxyError('SignalStream');
    this.#collected.clear();
    this.#failure = undefined;
    this.#end();
    return { done: true, value: await value };
  }

  async throw(error?: unknown): Promise<Next> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.return();
  }

  #collect(kwargs: object, context: SendContext): void {
    if (this.#ended) return; // its own `where` ended it
    const delivery: Delivery = { kwargs, context };
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: delivery });
    } else if (this.#collected.size < this.#limit) {
      this.#collected.push(delivery);
    } else if (this.#overflow === 'drop-oldest') {
      this.#collected.shift();
      this.#collected.push(delivery);
    } else if (this.#overflow === 'throw') {
      this.#end({ error: new StreamOverflowError(namesOf(this.#signals), this.#limit) });
    }
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#observation?.stop();
    for (let read = this.#readers.shift(); read !== undefined; read = this.#readers.shift()) read(this.next());
  }
}
