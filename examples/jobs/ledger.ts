/** What has been paid, in a SQLite file that all workers write. */
import Database from 'better-sqlite3';

export interface Ledger extends Disposable {
  /** A job has come to a worker, whatever becomes of it. */
  noteDelivery(id: string): void;
  /** Pays, unless this id has been paid. */
  pay(id: string, invoice: number, cents: number): void;
}

export interface Account {
  /** the invoices that were paid, as often as they were */
  readonly invoices: readonly number[];
  readonly cents: number;
  /** how often jobs came to workers */
  readonly deliveries: number;
}

export function openLedger(file: string): Ledger {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  // A process that is killed loses nothing so; only a computer that goes down might.
  database.pragma('synchronous = NORMAL');
  database.exec(`
    CREATE TABLE IF NOT EXISTS deliveries (id TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, invoice INTEGER NOT NULL, cents INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS balance (cents INTEGER NOT NULL);
    INSERT INTO balance SELECT 0 WHERE NOT EXISTS (SELECT * FROM balance);
  `);
  const insertDelivery = database.prepare('INSERT INTO deliveries VALUES (?)');
  const insertPayment = database.prepare('INSERT OR IGNORE INTO payments VALUES (?, ?, ?)');
  const addToBalance = database.prepare('UPDATE balance SET cents = cents + ?');

  // The id and the effect are written together or not at all: that is what makes the effect happen exactly once.
  const pay = database.transaction((id: string, invoice: number, cents: number): void => {
    const isNew = insertPayment.run(id, invoice, cents).changes === 1;
    if (isNew) addToBalance.run(cents);
  });

  return {
    noteDelivery: (id) => void insertDelivery.run(id),
    pay: (id, invoice, cents) => pay.immediate(id, invoice, cents),
    [Symbol.dispose]() {
      database.close();
    },
  };
}

export function readAccount(file: string): Account {
  const database = new Database(file, { readonly: true });
  try {
    const numbers = (query: string): number[] => database.prepare<[], number>(query).pluck().all();
    return {
      invoices: numbers('SELECT invoice FROM payments ORDER BY invoice'),
      cents: numbers('SELECT cents FROM balance')[0] ?? 0,
      deliveries: numbers('SELECT count(*) FROM deliveries')[0] ?? 0,
    };
  } finally {
    database.close();
  }
}
