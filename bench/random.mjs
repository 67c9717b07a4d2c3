/** Returns a generator whose numbers are the same in every run and for every contender (mulberry32). */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The number of indexes of `randomIndexes`: a power of two, so that `i & (RANDOM_COUNT - 1)` walks them. */
export const RANDOM_COUNT = 2 ** 16;

/** Returns random indexes below `limit`. They are drawn beforehand, so that drawing is not measured. */
export function randomIndexes(limit) {
  const random = seededRandom(limit);
  return Uint32Array.from({ length: RANDOM_COUNT }, () => Math.floor(random() * limit));
}
