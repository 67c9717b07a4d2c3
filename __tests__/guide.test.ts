import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { PAGES } from './helpers/code-blocks.js';
import { root } from './helpers/package.js';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The entry points by the names under which they are imported, and their source files. */
const entries = [...read('entries.mjs').matchAll(/^ {2}'?([\w/]+)'?: '(.+)',$/gm)].map(([, name = '', file = '']) => ({
  name: name === 'index' ? 'signalbox' : `signalbox/${name}`,
  file,
}));

/** The code of every error class in `src/`, by the name of the class. */
const codes = new Map(
  readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('errors.ts'))
    .flatMap((file) => [...read(`src/${file}`).matchAll(/class (\w+) extends \w+ \{[^]*?readonly code = '(\w+)'/g)])
    .map(([, name = '', code = '']) => [name, code]),
);

async function errorsOf(file: string): Promise<string[]> {
  const exported = Object.entries((await import(path.join(root, file))) as Record<string, unknown>);
  return exported
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error)
    .map(([name]) => `${name} ${codes.get(name) ?? 'has no code'}`);
}

describe('guide/errors.md', () => {
  const chapters = read('guide/errors.md').split('\n## ');
  const chapterOf = (entry: string) => chapters.find((chapter) => chapter.startsWith(`${entry}\n`)) ?? '';
  const listedIn = (entry: string) =>
    [...chapterOf(entry).matchAll(/^### (\w+)\n\n`(\w+)`/gm)].map(([, name = '', code = '']) => `${name} ${code}`);

  it('reads all entries', () => {
    expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['signalbox', 'signalbox/bus']));
    expect(entries.length).toBe(
      read('entries.mjs')
        .split('\n};')[0]
        ?.match(/'src\//g)?.length,
    );
  });

  // vitest cannot be loaded here.
  it.each(entries.filter(({ name }) => name !== 'signalbox/testing/vitest'))(
    'lists each error class of $name with its code',
    async ({ name, file }) => {
      expect(listedIn(name).sort()).toEqual((await errorsOf(file)).sort());
    },
  );
});

describe('README.md', () => {
  const readme = read('README.md');
  const runtimes = [...read('runtimes/run.mjs').matchAll(/^ {2}'?([\w-]+)'?: (?:program\(|\(\) =>)/gm)].map(
    ([, name = '']) => name,
  );

  it('is short', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(251);
  });

  it('links to every page of the guide', () => {
    const pages = readdirSync(path.join(root, 'guide')).filter((file) => file.endsWith('.md'));
    expect(pages.filter((page) => !readme.includes(`(guide/${page})`))).toEqual([]);
  });

  it('names every runtime of `npm run test:runtimes`', () => {
    const table = readme.split('\n## Runtimes\n')[1]?.split('\n## ')[0]?.toLowerCase() ?? '';
    expect(runtimes.length).toBeGreaterThan(5);
    expect(runtimes.flatMap((name) => name.split('-')).filter((word) => !table.includes(word))).toEqual([]);
  });
});

describe('the links of a page', () => {
  /** As GitHub makes the anchor of a heading. */
  const anchorOf = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  const anchorsOf = (page: string) =>
    [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

  it.each(PAGES)('%s lead to headings that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^):]*)#([^)]+)\)/g)];
    const broken = links.filter(([, file = '', anchor = '']) => {
      const target = file === '' ? page : path.join(path.dirname(page), file);
      return existsSync(path.join(root, target)) && !anchorsOf(target).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
