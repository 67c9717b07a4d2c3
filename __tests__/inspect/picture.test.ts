import { describe, expect, it, jest } from '@jest/globals';
import { ANY, Signal, SignalManager } from '../../src/index.js';
import { type PictureOptions, picture } from '../../src/inspect/index.js';

const FORMATS = ['mermaid', 'dot'] as const;
type Format = (typeof FORMATS)[number];

/** One line of each format: what else a line holds is not text of ours. */
const LINES = {
  mermaid: {
    first: 'flowchart LR',
    last: '',
    signal: /^ {2}(s\d+)\["([^"[\]<>`\\]+)"\]$/,
    receiver: /^ {2}(r\d+)\(\["([^"[\]<>`\\]+)"\]\)$/,
    edge: /^ {2}(s\d+) (?:-->|(-\.->)) (r\d+)$/,
    text: (label: string) => label.replace(/#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code))),
  },
  dot: {
    first: 'digraph signals {',
    last: '}',
    signal: /^ {2}(s\d+) \[shape=box, label="((?:[^"\\]|\\["\\])+)"\];$/,
    receiver: /^ {2}(r\d+) \[shape=oval, label="((?:[^"\\]|\\["\\])+)"\];$/,
    edge: /^ {2}(s\d+) -> (r\d+)( \[style=dashed\])?;$/,
    text: (label: string) => label.replace(/\\(.)/g, '$1').replaceAll('&amp;', '&'),
  },
};

/** The edges of a picture as `signal > receiver`, with `~>` if dashed, and the labels of all nodes. Fails for any other line. */
function read(text: string, format: Format) {
  const { first, last, signal, receiver, edge, text: textOf } = LINES[format];
  const lines = text.split(/[\n\r\v\f\u0085\u2028\u2029]/);
  expect(lines.shift()).toBe(first);
  expect(lines.pop()).toBe('');
  if (last !== '') expect(lines.pop()).toBe(last);
  const settings = format === 'dot' ? lines.splice(0, 2) : [];
  expect(settings.every((line) => /^ {2}(rankdir=LR|node \[fontname="sans-serif"\]);$/.test(line))).toBe(true);
  const labels = new Map<string, string>();
  const edges: string[] = [];
  for (const line of lines) {
    const node = signal.exec(line) ?? receiver.exec(line);
    if (node !== null) {
      labels.set(node[1] ?? '', textOf(node[2] ?? ''));
      continue;
    }
    const found = edge.exec(line);
    if (found === null) throw new Error(`No line of a picture: ${line}`);
    const parts = found.slice(1) as (string | undefined)[];
    const [from = '', to = ''] = parts.filter((part) => part !== undefined && labels.has(part));
    const dashed = parts.some((part) => part !== undefined && !labels.has(part));
    edges.push(`${labels.get(from) ?? '?'} ${dashed ? '~>' : '>'} ${labels.get(to) ?? '?'}`);
  }
  return { edges: edges.sort(), labels: [...labels.values()].sort() };
}

const named = (name: string) => Object.defineProperty(() => undefined, 'name', { value: name });

describe.each(FORMATS)('the picture of a manager, as %s (I17)', (format) => {
  const draw = (manager: SignalManager, options: PictureOptions = {}) =>
    read(picture(manager, { format, ...options }), format);

  it('has a node per signal with live receivers and an edge per receiver, dashed if it has a filter', () => {
    const manager = new SignalManager();
    const ordered = new Signal({ name: 'ordered', manager });
    const paid = Symbol('paid');
    const [pack, log, bill] = [named('pack'), named('log'), named('bill')];
    ordered.connect(pack, { key: 'books' });
    ordered.connect(log);
    manager.connect(log, paid, { sender: ordered });
    manager.connect(bill, paid, { keys: ['a', 'b'] });
    manager.connect(bill, paid);
    new Signal({ name: 'unheard', manager }).connect(pack).disconnect();
    expect(draw(manager)).toEqual({
      edges: ['ordered > log', 'ordered ~> pack', 'paid > bill', 'paid ~> log'],
      labels: ['bill', 'log', 'ordered', 'pack', 'paid'],
    });
  });

  it('is the same while signals are muted', () => {
    const manager = new SignalManager();
    const ordered = new Signal({ name: 'ordered', manager });
    ordered.connect(named('pack'), { key: 1 });
    const before = draw(manager);
    expect(before.edges).toEqual(['ordered ~> pack']);
    using _signal = ordered.mute();
    using _all = manager.mute();
    expect(draw(manager)).toEqual(before);
  });

  it('gives receivers of ANY a node of their own', () => {
    const manager = new SignalManager();
    manager.connect(named('pack'), Symbol('ordered'));
    manager.connect(named('log'), ANY);
    expect(draw(manager).edges).toEqual(['(any signal) > log', 'ordered > pack']);
  });

  it('tells receivers apart that are one function with two objects', () => {
    const manager = new SignalManager();
    const [ordered, paid] = [Symbol('ordered'), Symbol('paid')];
    const save = named('save');
    for (const signal of [ordered, paid]) {
      for (const thisArg of [{}, {}]) manager.connect(save, signal, { thisArg });
    }
    expect(draw(manager)).toEqual({
      edges: ['ordered > save', 'ordered > save', 'paid > save', 'paid > save'],
      labels: ['ordered', 'paid', 'save', 'save'],
    });
  });

  it('draws maxReceivers receivers, and a node for the others of each signal', () => {
    const manager = new SignalManager();
    for (const name of ['a', 'b', 'c']) {
      for (const nth of [1, 2, 3]) manager.connect(named(`${name}${nth}`), Symbol.for(name));
    }
    expect(draw(manager, { maxReceivers: 4 }).edges).toEqual([
      'a > a1',
      'a > a2',
      'a > a3',
      'b > 2 more',
      'b > b1',
      'c > 3 more',
    ]);
    expect(draw(manager, { maxReceivers: 9 }).edges).toHaveLength(9);
  });

  it('draws at most 400 receivers by default, because Mermaid draws 500 edges', () => {
    const manager = new SignalManager();
    for (let nth = 0; nth < 402; nth++) manager.connect(named(`r${nth}`), Symbol.for('ordered'));
    const { edges } = draw(manager);
    expect(edges).toHaveLength(401);
    expect(edges).toContain('ordered > 2 more');
  });

  it('draws only signals for which `where` returns true', () => {
    const manager = new SignalManager();
    const [ordered, paid] = [Symbol('ordered'), Symbol('paid')];
    for (const signal of [ordered, paid]) manager.connect(named('log'), signal);
    expect(draw(manager, { where: (signal) => signal === paid }).edges).toEqual(['paid > log']);
  });

  it('of a manager without receivers has no node', () => {
    expect(draw(new SignalManager())).toEqual({ edges: [], labels: [] });
  });

  it.each([
    ['"]; s9["', undefined],
    ['"]\n  s9["x', '"] s9["x'],
    ['a\r\nb\tc', 'a b c'],
    ['a\u2028b\u2029c\u0085d\u0000e', 'a b c d e'],
    ['\\', undefined],
    ['\\"', undefined],
    ['\\N \\n \\l', undefined],
    ['&#10;&lt;', undefined],
    ['#quot;#35;', undefined],
    ['<img src=x onerror=alert(1)>', undefined],
    ['</script>', undefined],
    ['`**bold**`', undefined],
    ['1. first', undefined],
    ['- first', undefined],
    ['_a_ b_c __d__', undefined],
    ['click s1 "javascript:alert(1)"', undefined],
    ['%%{init: {}}%%', undefined],
    ['end', undefined],
    ['a-b.c_d', undefined],
    ['größe 注文 🚂 é', undefined],
    ['\uD800 alone \uDC00', '\uFFFD alone \uFFFD'],
    ['  ', '(unnamed)'],
    ['', '(unnamed)'],
    ['x'.repeat(80), undefined],
    ['x'.repeat(81), `${'x'.repeat(79)}…`],
    ['🚂'.repeat(1_000), `${'🚂'.repeat(79)}…`],
  ])('shows the name %j as one label on one line', (name, shown = name) => {
    const manager = new SignalManager();
    manager.connect(named(name), Symbol(name));
    const receiver = name === '' ? '(anonymous)' : shown;
    expect(draw(manager)).toEqual({ edges: [`${shown} > ${receiver}`], labels: [shown, receiver].sort() });
  });
});

describe('the arguments of picture', () => {
  const manager = new SignalManager();

  it.each<[string, unknown[], string]>([
    ['no manager', [undefined], 'Expected `manager` to be a SignalManager, got undefined'],
    ['another object', [{}], 'Expected `manager` to be a SignalManager, got object'],
    ['an unknown option', [manager, { max: 3 }], 'Unknown option `max` of picture; expected one of'],
    [
      'an unknown format',
      [manager, { format: 'svg' }],
      'Expected `format` to be one of mermaid, dot, got string "svg"',
    ],
    ['no receivers', [manager, { maxReceivers: 0 }], 'Expected `maxReceivers` to be a whole number, 1 or more, got'],
    ['half a receiver', [manager, { maxReceivers: 1.5 }], 'Expected `maxReceivers` to be a whole number, 1 or more'],
    ['all receivers', [manager, { maxReceivers: Infinity }], 'Expected `maxReceivers` to be a whole number, 1 or more'],
    ['a word', [manager, { maxReceivers: '4' }], 'Expected `maxReceivers` to be a whole number, 1 or more, got string'],
    ['no predicate', [manager, { where: {} }], 'Expected `where` to be a function, got object'],
  ])('are refused: %s', (_what, given, message) => {
    expect(() => void Reflect.apply(picture, undefined, given)).toThrow(message);
  });

  it('may be undefined one by one (N8)', () => {
    manager.connect(jest.fn(), Symbol('ordered'));
    const options = { format: undefined, maxReceivers: undefined, where: undefined };
    expect(picture(manager, options)).toBe(picture(manager));
  });
});
