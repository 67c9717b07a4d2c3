import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './helpers/package.js';

/** Comments, and strings as titles are written in; not the code beside them. */
const TEXTS = /\/\/.*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
/** A number, or a range of numbers such as R3–R9. */
const CITATION = /\b([RBTHNWLXSOI])(\d+)(?:–\1(\d+))?\b/g;

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Returns the numbers that a text cites, each number of a range included. */
function citedIn(text: string): string[] {
  return [...text.matchAll(CITATION)].flatMap(([, letter = '', first = '', last]) => {
    const count = Number(last ?? first) - Number(first) + 1;
    return Array.from({ length: count }, (_, i) => `${letter}${Number(first) + i}`);
  });
}

/** Returns the numbers that tests cite, each with the files that cite it. */
function citedByTests(): Map<string, string[]> {
  const files = readdirSync(path.join(root, '__tests__'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes('node_modules') && file !== 'rules.test.ts')
    .sort();
  const cited = new Map<string, string[]>();
  for (const file of files) {
    const texts = read(`__tests__/${file}`).match(TEXTS) ?? [];
    for (const number of new Set(texts.flatMap(citedIn))) cited.set(number, [...(cited.get(number) ?? []), file]);
  }
  return cited;
}

describe('the rules of guide/rules.md', () => {
  const rules = [...read('guide/rules.md').matchAll(/^- \*\*([RBTHNWLXSOI]\d+)\b/gm)].map(([, number = '']) => number);
  const cited = citedByTests();

  it('have a number each', () => {
    expect(rules.length).toBeGreaterThan(50);
    expect(rules).toEqual([...new Set(rules)]);
  });

  it('are cited by tests', () => {
    expect(rules.filter((number) => !cited.has(number))).toEqual([]);
  });

  it('are all that tests cite', () => {
    expect([...cited].filter(([number]) => !rules.includes(number))).toEqual([]);
  });
});

describe('a citation', () => {
  it('is a number, or a range with all numbers in it', () => {
    expect(citedIn('called once (R3–R5, B12), not R30x or XR1')).toEqual(['R3', 'R4', 'R5', 'B12']);
  });

  it('stands in a comment or a string', () => {
    const code = ['const R1 = T2; // R2', "it('sends (R3)');", '/* R4 */', 'it(`R5`);'].join('\n');
    expect((code.match(TEXTS) ?? []).flatMap(citedIn)).toEqual(['R2', 'R3', 'R4', 'R5']);
  });
});
