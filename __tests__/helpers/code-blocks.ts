/*
 * The code in the documentation: every ```ts block of README.md, of the pages in guide/ and of the doc comments in src/.
 * Each is compiled as a module of its own by a project that has the package installed.
 *
 * - Public names need no import: a block without `from 'signalbox'` gets one for those it mentions.
 * - `signals` (a manager) and `started` (a signal of it, kwargs `{ port: number }`) are there if a block uses them and
 *   does not declare them. Anything else it needs can stand in an HTML comment right above it:
 *   `<!-- given: declare const server: { close(): void }; -->`.
 * - A block that is directly followed by a ```text block is run and must print just that.
 * - A block with `console.log(…); //=> value` is run, too: everything that it logs must be, in this order, what stands
 *   behind its `//=>` (as `util.inspect` shows it: strings in quotes).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './package.js';

export interface CodeBlock {
  /** where its code begins, such as `README.md:12` */
  readonly origin: string;
  readonly code: string;
  /** the code in the comment above it */
  readonly given: string;
  /** what it must print, and whether that is written down as `util.inspect` shows it */
  readonly prints: { readonly text: string; readonly inspected: boolean } | undefined;
}

/** What blocks may use without declaring it; the later ones are for the earlier ones, too. */
const GIVEN = [
  {
    name: 'started',
    code: "const started = new Signal<{ port: number }, unknown>({ name: 'started', manager: signals });",
  },
  { name: 'signals', code: 'const signals = new SignalManager();' },
];

/** README.md and the pages in guide/. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(path.join(root, 'guide'))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => `guide/${file}`),
];

/** The blocks of one page, in order. */
export function pageBlocks(page: string): CodeBlock[] {
  return blocksOf(page, readLines(page));
}

/** The files that a page links to, from the root. */
export function linkedFiles(page: string): string[] {
  const targets = readLines(page).flatMap((line) =>
    [...line.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = '']) => target),
  );
  const own = targets.filter((target) => !/^[a-z]+:/.test(target));
  return own.map((target) => path.join(path.dirname(page), target));
}

export function docCommentBlocks(): CodeBlock[] {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `src/${file}`)
    .flatMap((file) => blocksOf(file, readLines(file).map(docCommentText)));
}

/** The block as a module. All that is added stands in its first line, so that line n + 1 is the block's line n. */
export function asModule(block: CodeBlock, publicNames: readonly string[]): string {
  let module = `${block.given}\n${block.code}\n`;
  for (const { name, code } of GIVEN) {
    if (lacks(module, name)) module = `${code} ${module}`;
  }
  const used = block.code.includes("from 'signalbox'") ? [] : publicNames.filter((name) => lacks(module, name));
  return `import { ${used.join(', ')} } from 'signalbox'; ${module}`;
}

/** True if the code mentions the name and neither declares nor imports it. */
function lacks(code: string, name: string): boolean {
  const mentioned = new RegExp(`(?<![.\\w$'"])${name}(?![\\w$'"])`).test(code);
  const declared = new RegExp(`\\b(?:const|let|using|function|class|type|interface) ${name}\\b`).test(code);
  const imported = new RegExp(`\\bimport (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\}`).test(code);
  return mentioned && !declared && !imported;
}

function readLines(file: string): string[] {
  return readFileSync(path.join(root, file), 'utf8').split('\n');
}

/** The text of a line in a doc comment; of any other line, something that is no Markdown. */
function docCommentText(line: string): string {
  return /^\s*\*(?: (.*)|)$/.exec(line)?.[1] ?? (/^\s*\*\s*$/.test(line) ? '' : '@');
}

function blocksOf(file: string, lines: readonly string[]): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const language = /^```(\w+)/.exec(lines[index] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', index + 1);
    if (end === -1) throw new Error(`${file}:${index + 1} begins a block that does not end`);
    if (language === 'ts') blocks.push(blockAt(file, lines, index, end));
    index = end;
  }
  return blocks;
}

function blockAt(file: string, lines: readonly string[], start: number, end: number): CodeBlock {
  const code = lines.slice(start + 1, end).join('\n');
  const given = /<!-- given:([^]*?)-->\s*$/.exec(lines.slice(0, start).join('\n'))?.[1] ?? '';
  return {
    origin: `${file}:${start + 2}`,
    code,
    given: given.replace(/\s+/g, ' ').trim(),
    prints: printedBelow(lines, end) ?? printedBeside(code),
  };
}

function printedBelow(lines: readonly string[], end: number): CodeBlock['prints'] {
  const start = lines.findIndex((line, index) => index > end && line !== '');
  if (lines[start] !== '```text') return undefined;
  return { text: lines.slice(start + 1, lines.indexOf('```', start + 1)).join('\n'), inspected: false };
}

function printedBeside(code: string): CodeBlock['prints'] {
  const values = [...code.matchAll(/\/\/=> (.*)$/gm)].map(([, value]) => value);
  return values.length === 0 ? undefined : { text: values.join('\n'), inspected: true };
}
