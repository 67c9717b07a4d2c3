/** Rows and the words in them, in a SQLite file. */
import Database from 'better-sqlite3';

export interface Row {
  readonly id: number;
  readonly text: string;
}

export interface Store extends Disposable {
  addRows(rows: readonly Row[]): void;
  addWords(rows: readonly Row[]): void;
}

export function openStore(file: string): Store {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.exec(`
    CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS words (word TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (word, row));
  `);
  const insertRow = database.prepare('INSERT INTO rows (id, text) VALUES (?, ?)');
  const insertWord = database.prepare('INSERT OR IGNORE INTO words (word, row) VALUES (?, ?)');

  return {
    addRows: database.transaction((rows: readonly Row[]): void => {
      for (const { id, text } of rows) insertRow.run(id, text);
    }),
    addWords: database.transaction((rows: readonly Row[]): void => {
      for (const { id, text } of rows) {
        for (const word of text.toLowerCase().split(/\W+/)) if (word !== '') insertWord.run(word, id);
      }
    }),
    [Symbol.dispose]() {
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
  const database = new Database(file, { readonly: true });
  try {
    const numbers = (query: string): number[] => database.prepare<[], number>(query).pluck().all();
    return {
      ids: numbers('SELECT id FROM rows ORDER BY id'),
      indexedIds: numbers('SELECT DISTINCT row FROM words ORDER BY row'),
      words: numbers('SELECT count(DISTINCT word) FROM words')[0] ?? 0,
    };
  } finally {
    database.close();
  }
}
