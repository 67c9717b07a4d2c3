import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { packBeforeTests, type Project } from '../helpers/package.js';

const packed = packBeforeTests();

describe('the code of the installed package, which debuggers show as it is', () => {
  let project: Project;
  let dist: string;
  let files: readonly string[];

  const read = (file: string): string => readFileSync(path.join(dist, file), 'utf8');

  beforeAll(async () => {
    project = await packed.installInto('debugged', { type: 'module' });
    dist = path.join(project.folder, 'node_modules/signalbox/dist');
    files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  });

  it('is there once per format, without source maps, which hold all sources again', () => {
    const code = files.filter((file) => /\.c?js$/.test(file));
    expect(code.some((file) => file.startsWith('chunks/'))).toBe(true);
    expect(code.filter((file) => read(file).includes('sourceMappingURL'))).toEqual([]);
    expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
  });

  it.each(['js', 'cjs'])('leads a stack to the line that throws, in .%s', async (extension) => {
    const load = extension === 'js' ? "await import('signalbox')" : "createRequire(import.meta.url)('signalbox')";
    project.write(
      `main-${extension}.mjs`,
      `import { createRequire } from 'node:module';
       const { SignalManager } = ${load};
       try { new SignalManager().connect('no function', Symbol('saved')); } catch ({ stack }) { console.log(stack); }`,
    );
    const stack = await project.node(`main-${extension}.mjs`);
    const [, file = '', line] = /signalbox\/dist\/(\S*\.c?js):(\d+)/.exec(stack) ?? [];
    expect(file.split('.').at(-1)).toBe(extension);
    const text = read(file).split('\n')[Number(line) - 1] ?? '';
    expect(text).toMatch(/TypeError\(/);
    expect(text.length).toBeLessThan(120);
  });

  it.each(['esm', 'cjs'])('has the names of its functions and classes, in %s', async (format) => {
    project.write(
      `names-${format}.mjs`,
      `import { createRequire } from 'node:module';
       import { readFileSync } from 'node:fs';
       const require = createRequire(import.meta.url);
       const { exports } = JSON.parse(readFileSync('node_modules/signalbox/package.json', 'utf8'));
       const entries = Object.keys(exports).filter((entry) => !/json|css|auto|jest|vitest|nestjs|otel|fastify/.test(entry));
       const wrong = [];
       for (const entry of entries) {
         const name = 'signalbox' + entry.slice(1);
         const all = ${format === 'esm' ? 'await import(name)' : 'require(name)'};
         for (const [key, value] of Object.entries(all)) {
           if (typeof value === 'function' && value.name !== key) wrong.push(key + ' is ' + value.name);
         }
       }
       console.log(JSON.stringify({ entries: entries.length > 10, wrong }));`,
    );
    expect(JSON.parse(await project.node(`names-${format}.mjs`))).toEqual({ entries: true, wrong: [] });
  });

  it('has declarations with their documentation, for editors', () => {
    for (const extension of ['d.ts', 'd.cts']) {
      const text = read(`chunks/contract.${extension}`);
      for (const verb of ['connect', 'send', 'wait', 'stream']) expect(text).toMatch(new RegExp(`\\*/\\n *${verb}<`));
      expect(text).toContain('@example');
    }
  });
});
