export const encoder = new TextEncoder();

/** The subjects of one namespace. */
export class Subjects {
  readonly #root: string;
  /** The subject for the state of nodes. All nodes subscribe to it. */
  readonly presence: string;
  /** The subject for sends to most nodes. All nodes subscribe to it. */
  readonly calls: string;

  constructor(namespace: string) {
    // Without a version, so that nodes of another major version are seen and reported, not silently ignored.
    this.#root = `signalbox.${wordOf(namespace)}`;
    this.presence = `${this.#root}.presence`;
    this.calls = `${this.#root}.calls`;
  }

  /** The subject for messages to one run of one node. A restarted process does not get messages to its earlier run. */
  inbox(node: string, run: string): string {
    return `${this.#root}.node.${wordOf(node)}.${run}`;
  }

  durable(signal: string): string {
    return `${this.#root}.durable.${wordOf(signal)}`;
  }

  /** The subject for durable deliveries that a group has set aside. */
  aside(signal: string, group: string): string {
    return `${this.#root}.aside.${wordOf(signal)}.${wordOf(group)}`;
  }
}

/**
 * The longest name in a subject. The subject of an inbox, which has two names, must fit all engines: NATS accepts 4,096
 * bytes.
 */
export const LONGEST_WORD = 1_000;
/** The longest subject of stored messages, because JetStream streams are named after their subjects. */
export const LONGEST_STORED = 255;

export function fitsSubject(name: string): boolean {
  // A character takes at most nine.
  return name.length * 9 <= LONGEST_WORD || (name.length <= LONGEST_WORD && wordOf(name).length <= LONGEST_WORD);
}

/**
 * Converts a name to a word that every engine accepts in a subject: letters, digits, `-`, and `_` with two hex digits.
 */
export function wordOf(name: string): string {
  if (/^[A-Za-z0-9-]+$/.test(name)) return name;
  let word = '';
  for (const byte of encoder.encode(name)) {
    const character = String.fromCharCode(byte);
    word += /[A-Za-z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
  }
  return word;
}
