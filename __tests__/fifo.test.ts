import { describe, expect, it, jest } from '@jest/globals';
import { Fifo } from '../src/internal/fifo.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('Fifo', () => {
  it('gives back what was pushed, first in, first out, and undefined when it is empty', () => {
    const fifo = new Fifo<number>();
    const seen: unknown[] = [fifo.first, fifo.shift()];
    fifo.push(1);
    fifo.push(2);
    seen.push(fifo.size, fifo.first, fifo.shift(), fifo.shift(), fifo.shift(), fifo.size);
    fifo.push(3);
    seen.push(fifo.size, fifo.first, fifo.shift());
    expect(seen).toEqual([undefined, undefined, 2, 1, 1, 2, undefined, 0, 1, 3, 3]);
  });

  it.each([
    ['drained at once', 1],
    ['pushed to while it drains', 2],
  ])('moves each of 1,000,000 items at most once on average, %s', (_how, waves) => {
    const slice = jest.spyOn(Array.prototype, 'slice');
    let moved = 0;
    let outOfOrder = 0;
    try {
      const fifo = new Fifo<number>();
      const count = 1_000_000 / waves;
      for (const item of numbers(count)) fifo.push(item);
      for (const item of numbers(1_000_000)) {
        if (item < 1_000_000 - count) fifo.push(item + count);
        if (fifo.shift() !== item) outOfOrder += 1;
      }
      for (const { value } of slice.mock.results) moved += (value as unknown[]).length;
      expect({ outOfOrder, left: fifo.size }).toEqual({ outOfOrder: 0, left: 0 });
    } finally {
      slice.mockRestore();
    }
    expect(moved).toBeLessThanOrEqual(1_000_000);
  });
});
