/** Ends a part that hangs, and nothing else: beside busy processes a part takes many times as long. */
const HANGS_AFTER_MS = 60_000;

/** Counts what was checked and keeps what failed. Plain data, so that it can leave a page, a thread or a server. */
export class Checks {
  passed = 0;
  failures = [];

  /** Checks that both are written as the same JSON. */
  equal(what, actual, expected) {
    const [came, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (came === wanted) this.passed += 1;
    else this.failures.push(`${what}: expected ${wanted}, got ${came}`);
  }

  /** Runs a part to its end. One that throws or hangs has failed, and the next one runs. */
  async run(name, part) {
    let timer;
    const hanging = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${HANGS_AFTER_MS} ms`)), HANGS_AFTER_MS);
    });
    try {
      await Promise.race([part(this), hanging]);
    } catch (error) {
      this.failures.push(`${name}: ${String(error?.stack ?? error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  get outcome() {
    return { passed: this.passed, failures: this.failures };
  }
}

/** Resolves with the name of what the promise is rejected with. */
export const rejectionName = (promise) =>
  promise.then(
    () => 'fulfilled',
    (error) => error.name,
  );

/** Returns the name of what the function throws. */
export function errorName(fn) {
  try {
    fn();
    return 'returned';
  } catch (error) {
    return error.name;
  }
}
