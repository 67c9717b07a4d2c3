import { isThenable } from './thenable.js';

/**
 * Tells `onError` of a failure (undefined: prints it, null: nobody), and sees to it that nothing goes wrong in doing so.
 *
 * @param headline - What is printed before the error.
 */
export function tell<R>(
  onError: ((error: unknown, report: R) => unknown) | null | undefined,
  error: unknown,
  report: R,
  headline: (report: R) => string,
): void {
  if (onError === null) return;
  try {
    if (onError === undefined) {
      print(`${headline(report)}:`, error);
    } else {
      const returned = onError(error, report);
      // An async onError that rejects is no more able to harm than one that throws.
      if (isThenable(returned)) void Promise.resolve(returned).catch(() => undefined);
    }
  } catch {
    // Where failures are reported, there is nobody left to tell of one.
  }
}

function print(headline: string, error: unknown): void {
  try {
    console.error(headline, error);
  } catch {
    console.error(headline, 'an error that can not be printed');
  }
}
