import type { Picture } from './png.js';

/** Makes a picture smaller, row by row, each pixel the mean of those that it stands for; yields the share of rows done. */
export function* scale(picture: Picture, width: number): Generator<number, Picture> {
  const factor = picture.width / width;
  const height = Math.max(1, Math.round(picture.height / factor));
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels.set(mean(picture, x * factor, y * factor, factor), (y * width + x) * 3);
    yield (y + 1) / height;
  }
  return { width, height, pixels };
}

function mean({ width, height, pixels }: Picture, left: number, top: number, size: number): number[] {
  const sum = [0, 0, 0];
  let count = 0;
  for (let y = Math.floor(top); y < Math.min(height, top + size); y += 1) {
    for (let x = Math.floor(left); x < Math.min(width, left + size); x += 1) {
      for (let colour = 0; colour < 3; colour += 1)
        sum[colour] = (sum[colour] ?? 0) + (pixels[(y * width + x) * 3 + colour] ?? 0);
      count += 1;
    }
  }
  return sum.map((total) => total / count);
}
