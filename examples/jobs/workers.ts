/** Worker processes, of which one is killed now and then. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export class Workers {
  readonly #folder: string;
  readonly #running = new Set<ChildProcess>();

  /** @param folder - The ledger. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Resolves when one more worker takes jobs. */
  async start(): Promise<void> {
    const program = fileURLToPath(new URL('./worker.js', import.meta.url));
    const worker = spawn(process.execPath, [program, this.#folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#running.add(worker);
    await Promise.race([once(worker.stdout, 'data'), once(worker, 'exit')]);
    // One that was killed meanwhile has been replaced already.
    if (worker.exitCode !== null) throw new Error(`A worker ended with ${worker.exitCode} before it took jobs`);
  }

  /** Kills one, drawn at random, whatever it is doing, and starts another. */
  async replaceOne(): Promise<void> {
    const running = [...this.#running];
    const victim = running[Math.floor(Math.random() * running.length)];
    if (victim === undefined) return;
    this.#running.delete(victim);
    victim.kill('SIGKILL');
    await this.start();
  }

  /** Resolves when all have finished their current jobs and exited. */
  async stop(): Promise<void> {
    const running = [...this.#running];
    const ended = running.map((worker) => once(worker, 'exit'));
    for (const worker of running) worker.kill('SIGTERM');
    await Promise.all(ended);
  }
}
