import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { decodePng, encodePng } from '../../examples/thumbnails/png.js';
import { showProgress } from '../../examples/thumbnails/progress.js';
import { thumbnailSignals } from '../../examples/thumbnails/signals.js';
import { SignalManager } from '../../src/index.js';
import { ExampleProcess } from './example-process.js';

let directory: string;
let running: ExampleProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'signalbox-test-'));
});

afterEach(async () => {
  running?.kill();
  await running?.exit;
  await rm(directory, { recursive: true });
});

function start(...args: readonly string[]): ExampleProcess {
  return (running = new ExampleProcess('thumbnails/main.js', ['--to', directory, ...args]));
}

describe('examples/thumbnails', () => {
  it('makes a thumbnail of every picture, and tells how far it is', async () => {
    expect(await start('--pictures', '8', '--threads', '2').exit).toEqual({
      exitCode: 0,
      lines: [
        ...['25', '50', '75', '100'].map((percent) => `thumbnails: ${percent} %`),
        '8 of 8 thumbnails made, threads replaced: 0',
      ],
      stderr: '',
    });
    const small = await readdir(path.join(directory, 'small'));
    expect(small).toHaveLength(8);
    for (const file of small) {
      const { width, height, pixels } = decodePng(await readFile(path.join(directory, 'small', file)));
      expect([width, height, new Set(pixels).size > 10]).toEqual([40, 30, true]);
    }
  });

  it('replaces a worker that ends over a picture, and tries the picture again', async () => {
    const { exitCode, lines, stderr } = await start('--pictures', '3', '--threads', '2', '--cursed').exit;
    expect({ exitCode, last: lines.at(-1), stderr }).toEqual({
      exitCode: 0,
      last: '4 of 4 thumbnails made, threads replaced: 1',
      stderr: '',
    });
  });

  it('stops the work in hand in all threads when it is cancelled', async () => {
    const example = start('--pictures', '6', '--width', '1600', '--threads', '2');
    await example.lineMatching(/25 %/);
    example.interrupt();
    const { exitCode, lines } = await example.exit;
    expect(exitCode).toBe(1);
    expect(lines.filter((line) => line.endsWith('.png: cancelled by SIGINT')).length).toBeGreaterThan(0);
    expect(lines.at(-1)).toMatch(/^\d+ of 6 thumbnails made/);
  });

  it('draws a bar in a terminal', () => {
    const manager = new SignalManager();
    const signals = thumbnailSignals(manager);
    const written: string[] = [];
    const terminal = { isTTY: true, write: (text: string) => written.push(text) };
    showProgress({ signals }, 2, terminal as unknown as NodeJS.WriteStream);
    signals.progressed.emit({ source: 'a', percent: 100 });
    signals.progressed.emit({ source: 'b', percent: 100 });
    expect(written).toEqual([`\r${'█'.repeat(15)}${'░'.repeat(15)} 50 %`, `\r${'█'.repeat(30)} 100 %\n`]);
  });

  it('reads the PNG files that it writes', () => {
    const picture = { width: 3, height: 2, pixels: Uint8Array.from({ length: 18 }, (_, index) => index * 13) };
    expect(decodePng(encodePng(picture))).toEqual(picture);
    expect(() => decodePng(Buffer.from('no picture at all'))).toThrow('This is no PNG file');
  });
});
