import { fileURLToPath } from 'node:url';

const MOST_FRAMES = 50;

/** `file:line:column` at the end of a line of a stack. */
const PLACE = /\(?((?:file:\/\/|[A-Za-z]:[\\/]|\/|webpack|node:)[^()]*?):(\d+):(\d+)\)?$/;

interface Place {
  readonly file: string;
  readonly site: string;
}

/** The folder of this library: of its sources, or of what is built of them, in all formats. */
const LIBRARY = folderOf(placesIn(new Error().stack)[0]?.file ?? '');

/** Returns where this library was called: the first caller outside, and outside Node. */
export function connectSite(): string | null {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const caller = placesIn(stack).find(({ file }) => !file.startsWith(LIBRARY) && !file.startsWith('node:'));
  return caller?.site ?? null;
}

function placesIn(stack: unknown): Place[] {
  if (typeof stack !== 'string') return [];
  return stack.split('\n').flatMap((line) => {
    const [, file, lineNumber, column] = PLACE.exec(line.trim()) ?? [];
    if (file === undefined) return [];
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    return [{ file: path, site: `${path}:${lineNumber}:${column}` }];
  });
}

function folderOf(file: string): string {
  return file.replace(/[\\/](?:inspect[\\/]data[\\/]|chunks[\\/])?[^\\/]*$/, '');
}
