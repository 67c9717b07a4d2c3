import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PAGES, asModule, docCommentBlocks, linkedFiles, pageBlocks, type CodeBlock } from '../helpers/code-blocks.js';
import { packBeforeTests, root, type Project } from '../helpers/package.js';

const packed = packBeforeTests();
const blocks = [...PAGES.flatMap(pageBlocks), ...docCommentBlocks()];

const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2022'],
  types: ['node'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  // The clients' declarations are not all as strict as this; ours are checked by declarations.test.ts.
  skipLibCheck: true,
  rootDir: '.',
  outDir: 'out',
  sourceMap: true,
};

/** What the bridge's engines wrap, and what examples use. */
const CLIENTS = [
  '@jest/globals',
  '@nats-io/nats-core',
  '@nats-io/transport-node',
  '@nestjs/common',
  '@nestjs/core',
  '@opentelemetry/api',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/sdk-trace-base',
  '@redis/client',
  '@types/express',
  'express',
  'fastify',
  'mqtt',
  'rxjs',
  'zod',
];

/** Makes `console.log` print one line per call, the way `//=>` comments are written. */
const inspecting = `
import { inspect } from 'node:util';
const show = (value) => inspect(value, { breakLength: Infinity, compact: true });
console.log = (...values) => process.stdout.write(values.map(show).join(' ') + '\\n');
`;

const nameOf = ({ origin }: CodeBlock) => origin.replace(/[/:]/g, '-');

describe('the code in README.md, in the guide and in the doc comments', () => {
  let project: Project;
  let complaints: string;

  beforeAll(async () => {
    project = await packed.installInto('documentation', { type: 'module' });
    for (const name of ['@types/node', ...CLIENTS]) project.link(name);
    project.write('inspecting.mjs', inspecting);
    project.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.mts'] }));
    const publicNames = publicNamesOf(project);
    for (const block of blocks) project.write(`${nameOf(block)}.mts`, asModule(block, publicNames));
    complaints = atTheirOrigin(await project.compile());
  });

  it('is there', () => {
    expect(PAGES.flatMap(pageBlocks)).not.toEqual([]);
    expect(docCommentBlocks()).not.toEqual([]);
  });

  it('compiles', () => {
    expect(complaints).toBe('');
  });

  it.each(blocks.filter((block) => block.prints))('prints at $origin what is written there', async (block) => {
    const preloaded = block.prints?.inspected === true ? ['--import', './inspecting.mjs'] : [];
    const printed = await project.node(...preloaded, '--enable-source-maps', `out/${nameOf(block)}.mjs`);
    expect(printed.trimEnd()).toBe(block.prints?.text);
  });
});

describe('a page of the documentation', () => {
  it.each(PAGES)('%s links to files that exist', (page) => {
    expect(linkedFiles(page).filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});

function publicNamesOf(project: Project): string[] {
  const declarations = readFileSync(path.join(project.folder, 'node_modules/signalbox/dist/index.d.ts'), 'utf8');
  const lists = declarations.matchAll(/^export (?:type )?\{ (.*) \}(?: from '.*')?;$/gm);
  return [...lists].flatMap(([, list = '']) => list.split(', ').map((name) => name.replace(/.* as /, '')));
}

/** The compiler's complaints, with the file and line that somebody wrote. */
function atTheirOrigin(output: string): string {
  const byName = new Map(blocks.map((block) => [nameOf(block), block.origin]));
  return output.replace(/^(.*)\.mts\((\d+),(\d+)\)/gm, (place, name: string, line: string, column: string) => {
    const [, file, first] = /^(.*):(\d+)$/.exec(byName.get(name) ?? '') ?? [];
    return file === undefined ? place : `${file}:${Number(first) + Number(line) - 2}:${column}`;
  });
}
