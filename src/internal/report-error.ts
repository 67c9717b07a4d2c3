import { promiseFrom, whenSettled } from './thenable.js';

/**
 * Reports a failure to `onError` (undefined: prints it, null: does nothing). Never throws, and handles a rejection of
 * `onError`.
 *
 * @param headline - Returns the text that is printed before the error.
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
      // A rejected promise from an async `onError` is ignored, as an exception is.
      const promise = promiseFrom(onError(error, report));
      if (promise !== undefined) void whenSettled(promise, ignore, ignore);
    }
  } catch {
    // `onError` itself failed, and there is nowhere left to report that.
  }
}

function print(headline: string, error: unknown): void {
  try {
    console.error(headline, error);
  } catch {
    console.error(headline, 'an error that cannot be printed');
  }
}

function ignore(): void {}
