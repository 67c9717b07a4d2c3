/** Rows and the words in them, in a SQLite file. */
import sqlite from 'node-sqlite3-wasm';

export interface Row {
  readonly id: number;
  readonly text: string;
}

export interface Store extends Disposable {
  addRows(rows: readonly Row[]): void;
  addWords(rows: readonly Row[]): void;
}

export function openStore(file: string): Store {
  const database = new sqlite.Database(file);
  database.exec(`
    CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS words (word TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (word, row));
  `);
  const insertRow = database.prepare('INSERT INTO rows (id, text) VALUES (?, ?)');
  const insertWord = database.prepare('INSERT OR IGNORE INTO words (word, row) VALUES (?, ?)');

  /** All of a batch is stored, or nothing. */
  function transaction(insertAll: () => void): void {
    database.exec('BEGIN');
    try {
      insertAll();
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    addRows: (rows) =>
      transaction(() => {
        for (const { id, text } of rows) insertRow.run([id, text]);
      }),
    addWords: (rows) =>
      transaction(() => {
        for (const { id, text } of rows) {
          for (const word of text.toLowerCase().split(/\W+/)) if (word !== '') insertWord.run([word, id]);
        }
      }),
    [Symbol.dispose]() {
      insertRow.finalize();
      insertWord.finalize();
      database.close();
    },
  };
}

/** What a file holds, for who wants to look at it afterwards. */
export function readStore(file: string): {
  readonly ids: number[];
  readonly indexedIds: number[];
  readonly words: number;
} {
  const database = new sqlite.Database(file, { readOnly: true });
  try {
    const numbers = (query: string): number[] => database.all(query).map(({ number }) => Number(number));
    return {
      ids: numbers('SELECT id AS number FROM rows ORDER BY id'),
      indexedIds: numbers('SELECT DISTINCT row AS number FROM words ORDER BY row'),
      words: numbers('SELECT count(DISTINCT word) AS number FROM words')[0] ?? 0,
    };
  } finally {
    database.close();
  }
}
