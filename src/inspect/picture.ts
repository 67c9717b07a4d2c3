import { ANY, type Receiver, type SignalManager, type SignalToken } from '../index.js';
import { argumentError, checkFunction, checkKnown, checkOneOf, checkWholeNumber } from '../internal/check.js';
import { nameOfReceiver } from '../internal/printing.js';
import { INSPECTED, plainNameOf } from '../signals/tokens.js';
import type { ConnectedReceiver, InspectHost } from '../watch/inspect-host.js';
import type { PictureOptions } from './types.js';

/**
 * Draws the signals of a manager and their receivers as text: for Mermaid, which GitHub and many editors show, or for
 * Graphviz. The text has a node per signal with live receivers, and an edge per receiver, dashed if the receiver has a
 * filter. A function that is connected to several signals is one node. Receivers of ANY belong to a node of their own,
 * `(any signal)`. Receivers in other threads and nodes are not drawn.
 *
 * Names are shown up to 80 characters. No name can end its label or add a line.
 *
 * @returns A text that starts with `flowchart LR` or `digraph signals {`.
 * @throws TypeError or RangeError for bad arguments, and whatever `where` throws.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { picture } from 'signalbox/inspect';
 *
 * const signals = new SignalManager();
 * const ordered = Symbol('ordered');
 * signals.connect(function pack() {}, ordered, { key: 'books' });
 * console.log(picture(signals).includes('s1["ordered"]')); //=> true
 * ```
 */
export function picture(manager: SignalManager, options: PictureOptions = {}): string {
  const host = hostOf(manager);
  checkKnown(options, ['format', 'maxReceivers', 'where'], 'picture');
  const { format = 'mermaid', maxReceivers = 400, where = () => true } = options;
  checkOneOf(format, 'format', Object.keys(WRITERS));
  checkWholeNumber(maxReceivers, 'maxReceivers', 1);
  checkFunction(where, 'where');
  const drawing = new Drawing(maxReceivers);
  for (const signal of [ANY, ...manager.signals()]) {
    const receivers = host.connected(signal);
    if (receivers.length > 0 && where(signal)) drawing.add(labelOf(signal), receivers);
  }
  return WRITERS[format](drawing);
}

/** @throws TypeError for anything that is not a manager. */
export function hostOf(manager: unknown): InspectHost {
  const host = (manager as { readonly [INSPECTED]?: InspectHost } | null | undefined)?.[INSPECTED];
  if (host === undefined) throw argumentError('manager', 'a SignalManager', manager);
  return host;
}

function labelOf(signal: SignalToken): string {
  return signal === ANY ? '(any signal)' : plainNameOf(signal);
}

interface Node {
  readonly id: string;
  readonly label: string;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly dashed: boolean;
}

class Drawing {
  readonly signals: Node[] = [];
  readonly receivers: Node[] = [];
  readonly edges: Edge[] = [];
  /** The nodes of a function: more than one if one signal has it several times, with different objects as `this`. */
  readonly #known = new Map<Receiver, string[]>();
  #rest: number;

  constructor(maxReceivers: number) {
    this.#rest = maxReceivers;
  }

  add(label: string, receivers: readonly ConnectedReceiver[]): void {
    const from = `s${this.signals.length + 1}`;
    this.signals.push({ id: from, label });
    const drawn = receivers.slice(0, this.#rest);
    this.#rest -= drawn.length;
    const seen = new Map<Receiver, number>();
    for (const { receiver, filtered } of drawn) {
      const nth = seen.get(receiver) ?? 0;
      seen.set(receiver, nth + 1);
      this.edges.push({ from, to: this.#nodeOf(receiver, nth), dashed: filtered });
    }
    const more = receivers.length - drawn.length;
    if (more > 0) this.edges.push({ from, to: this.#newNode(`${more} more`), dashed: false });
  }

  #nodeOf(receiver: Receiver, nth: number): string {
    const nodes = this.#known.get(receiver) ?? [];
    this.#known.set(receiver, nodes);
    return (nodes[nth] ??= this.#newNode(nameOfReceiver(receiver)));
  }

  #newNode(label: string): string {
    const id = `r${this.receivers.length + 1}`;
    this.receivers.push({ id, label });
    return id;
  }
}

const WRITERS = {
  mermaid: ({ signals, receivers, edges }: Drawing): string =>
    [
      'flowchart LR',
      ...signals.map(({ id, label }) => `  ${id}["${mermaidText(label)}"]`),
      ...receivers.map(({ id, label }) => `  ${id}(["${mermaidText(label)}"])`),
      ...edges.map(({ from, to, dashed }) => `  ${from} ${dashed ? '-.->' : '-->'} ${to}`),
      '',
    ].join('\n'),

  dot: ({ signals, receivers, edges }: Drawing): string =>
    [
      'digraph signals {',
      '  rankdir=LR;',
      '  node [fontname="sans-serif"];',
      ...signals.map(({ id, label }) => `  ${id} [shape=box, label="${dotText(label)}"];`),
      ...receivers.map(({ id, label }) => `  ${id} [shape=oval, label="${dotText(label)}"];`),
      ...edges.map(({ from, to, dashed }) => `  ${from} -> ${to}${dashed ? ' [style=dashed]' : ''};`),
      '}',
      '',
    ].join('\n'),
};

/** A name as one line of well-formed text, not empty. */
function oneLine(name: string): string {
  const line = name
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.replace(/^(.{79}).{2,}$/u, '$1…') || '(unnamed)';
}

/**
 * Mermaid reads Markdown and HTML in labels, also in quoted ones. It decodes `#<code point>;` after that, so everything
 * that is not a letter, a digit or a sign inside a word is written so.
 */
function mermaidText(name: string): string {
  const special = /[^\p{L}\p{M}\p{N} ._-]|(?<![\p{L}\p{N}])[._-]|[._-](?![\p{L}\p{N}])/gu;
  return oneLine(name).replace(special, (character) => `#${character.codePointAt(0)};`);
}

/** Graphviz reads HTML entities in strings, and a backslash begins a line break or the name of the node. */
function dotText(name: string): string {
  return oneLine(name).replace(/[\\"&]/g, (character) => (character === '&' ? '&amp;' : `\\${character}`));
}
