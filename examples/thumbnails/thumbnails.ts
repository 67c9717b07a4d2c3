/** Makes thumbnails in worker threads, over shared signals: the side of the main thread. */
import { Worker } from 'node:worker_threads';
import { SignalManager, type SendResult, farResults } from 'signalbox';
import { ThreadExitedError, ThreadHub } from 'signalbox/threads';

import { thumbnailSignals, type Job } from './signals.js';

const ATTEMPTS = 2;

export interface Outcome {
  readonly source: string;
  /** The size of the thumbnail in bytes, or why there is none. */
  readonly result: number | Error;
}

export class Thumbnails implements AsyncDisposable {
  readonly signals: ReturnType<typeof thumbnailSignals>;
  /** How many workers have ended over a picture, and been replaced. */
  replaced = 0;
  readonly #hub: ThreadHub;
  readonly #workers = new Map<string, Worker>();
  #started = 0;
  #queue: Job[] = [];

  constructor() {
    const manager = new SignalManager({ name: 'thumbnails' });
    this.signals = thumbnailSignals(manager);
    this.#hub = new ThreadHub(manager, { signals: Object.values(this.signals) });
    this.signals.cancelled.connect(() => {
      this.#queue = [];
    });
  }

  /** Resolves when every picture has a thumbnail, or an error in its place. What is cancelled in the queue has neither. */
  async make(jobs: readonly Omit<Job, 'attempt'>[], threads: number): Promise<Outcome[]> {
    this.#queue = jobs.map((job) => ({ ...job, attempt: 1 }));
    const outcomes: Outcome[] = [];
    await Promise.all(Array.from({ length: threads }, () => this.#work(outcomes)));
    return outcomes.sort((one, other) => one.source.localeCompare(other.source));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub.close();
    await Promise.all([...this.#workers.values()].map((worker) => worker.terminate()));
  }

  /** Hands one picture after the other to a worker of its own. */
  async #work(outcomes: Outcome[]): Promise<void> {
    let name = await this.#startWorker();
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      const results = await this.signals.wanted.send(job, { key: name, expected: [ThreadExitedError] });
      const result = valueOf(results, name);
      if (result instanceof ThreadExitedError) {
        name = await this.#startWorker();
        this.replaced += 1;
        if (job.attempt < ATTEMPTS) {
          this.#queue.unshift({ ...job, attempt: job.attempt + 1 });
          continue;
        }
      }
      outcomes.push({ source: job.source, result });
    }
  }

  async #startWorker(): Promise<string> {
    const name = `thumbnails-${(this.#started += 1)}`;
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { name } });
    this.#workers.set(name, worker);
    worker.once('exit', () => this.#workers.delete(name));
    await this.#hub.attach(worker);
    return name;
  }
}

/** Of the one worker that was asked: another that ends meanwhile, before it has looked at the key, is in the results, too. */
function valueOf(results: readonly SendResult<number>[], name: string): number | Error {
  const result = farResults(results).find(({ thread }) => thread === name);
  if (result === undefined) return new Error('Nobody has made it');
  if (result.status === 'fulfilled') return result.value;
  return result.reason instanceof Error ? result.reason : new Error(String(result.reason));
}
