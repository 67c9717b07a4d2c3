/** The payments, in a folder that all workers write: a file per payment, named after the id of its job. */
import { appendFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Payment {
  readonly invoice: number;
  readonly cents: number;
}

export interface Account {
  /** the invoices that were paid, as often as they were */
  readonly invoices: readonly number[];
  readonly cents: number;
  /** how often jobs came to workers */
  readonly deliveries: number;
}

export class Ledger {
  readonly #payments: string;
  readonly #drafts: string;
  readonly #deliveries: string;

  constructor(folder: string) {
    this.#payments = join(folder, 'payments');
    this.#drafts = join(folder, 'drafts');
    this.#deliveries = join(folder, 'deliveries');
  }

  async open(): Promise<void> {
    await mkdir(this.#payments, { recursive: true });
    await mkdir(this.#drafts, { recursive: true });
  }

  /** Notes that a worker has got a job, whatever its outcome. */
  async noteDelivery(id: string): Promise<void> {
    await appendFile(this.#deliveries, `${id}\n`);
  }

  /**
   * Pays, unless this id has been paid. The id and the effect are stored together or not at all, even if several
   * workers try at the same time. So the effect happens exactly once. A database would use a transaction.
   */
  async pay(id: string, payment: Payment): Promise<void> {
    const draft = join(this.#drafts, `${id}-${process.pid}`);
    await writeFile(draft, JSON.stringify(payment));
    try {
      await link(draft, join(this.#payments, id));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    await rm(draft);
  }

  async read(): Promise<Account> {
    const files = await readdir(this.#payments);
    const texts = await Promise.all(files.map((file) => readFile(join(this.#payments, file), 'utf8')));
    const payments = texts.map((text) => JSON.parse(text) as Payment);
    return {
      invoices: payments.map(({ invoice }) => invoice).sort((a, b) => a - b),
      cents: payments.reduce((sum, { cents }) => sum + cents, 0),
      deliveries: await this.#countDeliveries(),
    };
  }

  async #countDeliveries(): Promise<number> {
    try {
      return (await readFile(this.#deliveries, 'utf8')).split('\n').length - 1;
    } catch {
      return 0; // none yet
    }
  }
}
