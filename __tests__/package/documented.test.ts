import { describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { requireBuild, root } from '../helpers/package.js';

requireBuild();

/*
 * What an editor shows for the names of the package: read from the declarations in `dist/`, as users have them.
 *
 * Every public name and every member of it has a sentence of its own. Functions, and methods of classes (`Signal` and
 * `SignalManager` are such), have an example, too.
 */

const dist = path.join(root, 'dist');
const entryFiles = readdirSync(dist).filter((file) => file.endsWith('.d.ts'));
const program = ts.createProgram(
  entryFiles.map((file) => path.join(dist, file)),
  {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules/@types')],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
);
const checker = program.getTypeChecker();

/** Something with a name that users can see. */
interface Name {
  readonly name: string;
  readonly symbol: ts.Symbol;
  /** Whether it must have an example. */
  readonly called: boolean;
}

function namesOf(entryFile: string): Name[] {
  const source = program.getSourceFile(path.join(dist, entryFile));
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entryFile} is no module`);
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (!isOurs(symbol)) return [];
    return [{ name: exported.name, symbol, called: isFunction(symbol) }, ...membersOf(symbol)];
  });
}

/** The members of a class or an interface, inherited ones included if they are ours. */
function membersOf(symbol: ts.Symbol): Name[] {
  if ((symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) === 0) return [];
  const isClass = (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Variable)) !== 0;
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const isError = type.getBaseTypes()?.some((base) => base.symbol.name.endsWith('Error')) === true;
  const makers = [...(symbol.members?.values() ?? [])].filter(({ name }) => MAKERS.includes(name));
  return [...type.getProperties(), ...makers]
    .filter((member) => isOurs(member) && !member.name.startsWith('#') && !(isError && OF_ERRORS.includes(member.name)))
    .map((member) => ({
      name: `${symbol.name}#${nameOf(member)}`,
      symbol: member,
      called: isClass && (member.flags & ts.SymbolFlags.Method) !== 0 && !isUniversal(member),
    }));
}

/** Constructors, and the signatures of interfaces. */
const MAKERS: readonly string[] = ['__constructor', '__new', '__call'];

/** The library makes errors; their `name` and `code` are literals, which the class describes. */
const OF_ERRORS: readonly string[] = ['name', 'code', '__constructor'];

/** What each object has, with one meaning. */
function isUniversal(member: ts.Symbol): boolean {
  return member.name === 'toString' || member.name.startsWith('__@');
}

function nameOf(member: ts.Symbol): string {
  return member.name.startsWith('__@') ? `[Symbol.${member.name.slice(3).replace(/@\d+$/, '')}]` : member.name;
}

function isOurs(symbol: ts.Symbol): boolean {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName;
  return file !== undefined && !path.relative(dist, file).startsWith('..');
}

function isFunction(symbol: ts.Symbol): boolean {
  if ((symbol.flags & ts.SymbolFlags.Function) !== 0) return true;
  if ((symbol.flags & ts.SymbolFlags.Variable) === 0) return false;
  return checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0;
}

/** The text of a doc comment without links and code, which are no sentence by themselves. */
function sentenceOf(symbol: ts.Symbol): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  return text.replace(/\{@link [^}]*\}/g, '').trim();
}

const hasExample = (symbol: ts.Symbol) => symbol.getJsDocTags(checker).some((tag) => tag.name === 'example');

describe('the declarations of an entry', () => {
  it.each(entryFiles)('%s have a sentence for every name', (entryFile) => {
    const names = namesOf(entryFile);
    expect(names).not.toEqual([]);
    const silent = names.filter(({ symbol }) => !/\w \w/.test(sentenceOf(symbol)));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it.each(entryFiles)('%s have an example for every function and every method of a class', (entryFile) => {
    const without = namesOf(entryFile).filter(({ symbol, called }) => called && !hasExample(symbol));
    expect(without.map(({ name }) => name)).toEqual([]);
  });
});

describe('an editor', () => {
  const file = path.join(dist, '../hovered.mts');
  const code = `
    import { RECEIVER_CONNECTED, Signal, SignalManager } from './dist/index.js';
    export const plain = new Signal();
    export const started = new Signal<{ port: number }>({ name: 'started' });
    export const priced = new Signal<{ item: string }, number>();
    export const configured = new Signal({ defaults: { port: 80 } });
    export const named = new SignalManager().signal<{ id: number }, string>('named');
    export const meta = RECEIVER_CONNECTED;
    export const sent = started.send({ port: 80 });
    started.mute();
  `;
  const read = (name: string) => (name === file ? code : ts.sys.readFile(name));
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const text = read(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => program.getCompilerOptions(),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: read,
  });
  const hover = (text: string) => service.getQuickInfoAtPosition(file, code.indexOf(text));

  it.each([
    ['plain', 'const plain: Signal<Record<never, never>>'],
    ['started', 'const started: Signal<{ port: number; }>'],
    ['priced', 'const priced: Signal<{ item: string; }, number>'],
    ['configured', 'const configured: Signal<{ port: number; }, unknown, Partial<{ port: number; }>>'],
    ['named', 'const named: Signal<{ id: number; }, string>'],
    ['meta', 'const meta: Signal<ConnectionChange>'],
    ['sent', 'const sent: Promise<SendResult<unknown>[]>'],
  ])('shows of %s the type without its defaults', (name, shown) => {
    expect(service.getSemanticDiagnostics(file)).toEqual([]);
    const parts = hover(`${name} =`)?.displayParts;
    expect(ts.displayPartsToString(parts).replace(/\s+/g, ' ')).toBe(shown);
  });

  it('shows the documentation of a method of a Signal', () => {
    expect(ts.displayPartsToString(hover('mute()')?.documentation)).toMatch(/^Mutes this signal until/);
  });
});
