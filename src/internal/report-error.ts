import { promiseFrom, whenSettled } from './thenable.js';

/**
 * Tells `onError` of a failure (undefined: prints it, null: nobody), and sees to it that nothing goes wrong in doing so.
 *
 * @param headline - What is printed before the error.
 */
export function reportError<R>(
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
      // An async onError that rejects is no more able to harm than one that throws.
      const promise = promiseFrom(onError(error, report));
      if (promise !== undefined) void whenSettled(promise, ignore, ignore);
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

function ignore(): void {}
