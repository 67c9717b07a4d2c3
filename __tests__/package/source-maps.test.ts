import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { packBeforeTests, type Project, root } from '../helpers/package.js';

const packed = packBeforeTests();

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly unknown[];
}

describe('the source maps of the installed package', () => {
  let project: Project;
  let folder: string;
  let files: readonly string[];

  beforeAll(async () => {
    project = await packed.installInto('mapped', { type: 'module' });
    folder = path.join(project.folder, 'node_modules/signalbox');
    files = readdirSync(path.join(folder, 'dist'), { recursive: true, encoding: 'utf8' });
  });

  it('are named by every module, those in `chunks/` too', () => {
    const modules = files.filter((file) => file.endsWith('.js'));
    expect(modules.some((file) => file.startsWith('chunks/'))).toBe(true);
    for (const file of modules) {
      const [, map = ''] = /\/\/# sourceMappingURL=(.*)\s*$/.exec(readFileSync(inDist(file), 'utf8')) ?? [];
      expect([file, path.join(path.dirname(file), map)]).toEqual([file, `${file}.map`]);
    }
  });

  it('are shipped for one of the two formats', () => {
    expect(files.filter((file) => file.endsWith('.map') && !file.endsWith('.js.map'))).toEqual([]);
    for (const file of files.filter((name) => name.endsWith('.cjs')))
      expect(readFileSync(inDist(file), 'utf8')).not.toContain('sourceMappingURL');
  });

  it('hold each source, under the path in the package that it has in the repository', () => {
    for (const file of files.filter((name) => name.endsWith('.map'))) {
      const { sources, sourcesContent } = JSON.parse(readFileSync(inDist(file), 'utf8')) as SourceMap;
      expect([file, sourcesContent.length]).toEqual([file, sources.length]);
      for (const [at, source] of sources.entries()) {
        const name = path.relative(folder, path.resolve(path.dirname(inDist(file)), source));
        expect([file, name]).toEqual([file, expect.stringMatching(/^(src|node_modules\/devalue)\//)]);
        const origin = path.join(root, name);
        expect([file, name, existsSync(origin)]).toEqual([file, name, true]);
        expect(sourcesContent[at]).toBe(readFileSync(origin, 'utf8'));
      }
    }
  });

  it('lead a stack to the line that throws', async () => {
    project.write(
      'main.mjs',
      `import { SignalManager } from 'signalbox';
       try { new SignalManager().connect('no function', Symbol('saved')); } catch ({ stack }) { console.log(stack); }`,
    );
    const stack = await project.node('--enable-source-maps', 'main.mjs');
    const [, file = '', line] = /node_modules\/signalbox\/(\S*\.ts):(\d+)/.exec(stack) ?? [];
    expect(readFileSync(path.join(root, file), 'utf8').split('\n')[Number(line) - 1]).toMatch(/throw|Error\(/);
  });

  const inDist = (file: string) => path.join(folder, 'dist', file);
});
