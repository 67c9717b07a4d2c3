import { fileURLToPath } from 'node:url';

const MOST_FRAMES = 50;

/** `file:line:column` at the end of a line of a stack. Folders may have parentheses. Code of `eval` has no file. */
const PLACE =
  /^at (?!.*\(eval at )(?:async )?(?:.* \()?((?:file:\/\/|[A-Za-z]:[\\/]|\/|webpack|node:).*?):(\d+):(\d+)\)?$/;

interface Place {
  readonly file: string;
  readonly site: string;
}

/** The folder of this library, with a separator at its end: of its sources, or of what is built, in all formats. */
const LIBRARY = folderOf(placesIn(ownStack())[0]?.file ?? '');

/** Returns where this library was called: the first caller outside, and outside Node. null if that is not known. */
export function connectSite(): string | null {
  const caller = placesIn(ownStack()).find(({ file }) => !file.startsWith(LIBRARY) && !file.startsWith('node:'));
  return caller?.site ?? null;
}

function ownStack(): unknown {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  // `Reflect.set` does not throw if Error is frozen.
  Reflect.set(Error, 'stackTraceLimit', MOST_FRAMES);
  try {
    return new Error().stack;
  } catch {
    return undefined; // `Error.prepareStackTrace` is of the app, and has thrown
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

function placesIn(stack: unknown): Place[] {
  if (typeof stack !== 'string') return [];
  return stack.split('\n').flatMap((line) => {
    const [, file, lineNumber, column] = PLACE.exec(line.trim()) ?? [];
    if (file === undefined) return [];
    const path = pathOf(file);
    return [{ file: path, site: `${path}:${lineNumber}:${column}` }];
  });
}

function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file; // a URL that no file has
  }
}

function folderOf(file: string): string {
  return file.replace(/(?<=[\\/])(?:inspect[\\/]data[\\/]|chunks[\\/])?[^\\/]*$/, '');
}
