const encoder = new TextEncoder();

/** The subjects of one namespace. */
export class Subjects {
  readonly #root: string;
  /** Every node hears it: who is there, and what is heard where. */
  readonly presence: string;
  /** Every node hears it: sends that go to most of them. */
  readonly calls: string;

  constructor(namespace: string) {
    // Without a version: nodes of another major version are to be seen and told of, not silently missed.
    this.#root = `signalbox.${wordOf(namespace)}`;
    this.presence = `${this.#root}.presence`;
    this.calls = `${this.#root}.calls`;
  }

  /** Of one run of one node: what is meant for it alone. A process that died and came back does not get its old mail. */
  inbox(node: string, run: string): string {
    return `${this.#root}.node.${wordOf(node)}.${run}`;
  }

  durable(signal: string): string {
    return `${this.#root}.durable.${wordOf(signal)}`;
  }

  /** Where durable deliveries go that a group has given up. */
  aside(signal: string, group: string): string {
    return `${this.#root}.aside.${wordOf(signal)}.${wordOf(group)}`;
  }
}

/** So that the subject of an inbox, which has two names in it, is short enough for all engines: NATS takes 4,096 bytes. */
export const LONGEST_WORD = 1_000;
/** Streams of JetStream are named after their subjects, and have names of at most so many characters. */
export const LONGEST_STORED = 255;

export function fitsSubject(name: string): boolean {
  // A character takes nine at most.
  return name.length * 9 <= LONGEST_WORD || (name.length <= LONGEST_WORD && wordOf(name).length <= LONGEST_WORD);
}

/** Any name as a word that every engine takes as part of a subject: letters, digits, `-`, and `_` with two hex digits. */
export function wordOf(name: string): string {
  if (/^[A-Za-z0-9-]+$/.test(name)) return name;
  let word = '';
  for (const byte of encoder.encode(name)) {
    const character = String.fromCharCode(byte);
    word += /[A-Za-z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
  }
  return word;
}
