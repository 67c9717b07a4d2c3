/** Pictures to begin with, since the example brings none: stripes and circles, each a little different. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { encodePng, type Picture } from './png.js';

/** @returns The files, in order. */
export async function drawPictures(directory: string, names: readonly string[], width = 320): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const files = names.map((name) => join(directory, `${name}.png`));
  await Promise.all(
    files.map((file, index) => writeFile(file, encodePng(draw(index + 1, width, Math.round(width * 0.75))))),
  );
  return files;
}

function draw(seed: number, width: number, height: number): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const distance = Math.hypot(x - width / 2, y - height / 2);
      const colours = [
        128 + 127 * Math.sin((x * seed) / 50),
        128 + 127 * Math.cos(distance / (4 + seed)),
        (seed * 37) % 256,
      ];
      pixels.set(colours, (y * width + x) * 3);
    }
  }
  return { width, height, pixels };
}
