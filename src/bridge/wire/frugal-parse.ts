import { type ParseOptions, defaultParseOperations } from 'devalue';

// Values that a few bytes of text could make large, or slow to make, are made otherwise here, or refused: what a message costs
// is proportional to its size.

/** Longer arrays than that are not sparse ones in earnest: few bytes would make a loop over them endless. */
const LONGEST_SPARSE = 1_000_000;

/** Each costs as much as thousands of other characters of a pattern. Of one message. */
const MOST_UNICODE_CLASSES = 20;

/** The time for a host that is not ASCII, or says so, grows with its square. */
const LONGEST_HOST = 1_000;

/** Written with a negative number, with a name that may be an index, or under these types. Other texts need none of this. */
const RARE = /-|\d"|\\u|"RegExp"|"URL"/;

/** The options of `parse` for a text; undefined for most, because they cost a third of parsing a small one. */
export function frugalOptions(text: string): ParseOptions | undefined {
  if (!RARE.test(text)) return undefined;
  let classes = 0;
  return {
    operations: {
      createSparseArray: (length): unknown[] => {
        if (length > LONGEST_SPARSE) throw new RangeError(`A sparse array of ${length} elements`);
        return defaultParseOperations.createSparseArray(length);
      },
      set: (target: object, key, value) => {
        if (typeof key === 'string' && /^\d{2,}$/.test(key)) keepSparse(target);
        defaultParseOperations.set(target, key, value);
      },
      fromRegExpInfo: (source: unknown, flags) => {
        // A text, in what a node writes. Anything else becomes the same text when a RegExp is made of it.
        const pattern = String(source);
        classes += pattern.split(/\\p/i).length - 1;
        if (classes > MOST_UNICODE_CLASSES) throw new RangeError(`More than ${MOST_UNICODE_CLASSES} Unicode classes`);
        return defaultParseOperations.fromRegExpInfo(pattern, flags);
      },
      fromStringValue: (tag, value: unknown) => {
        const written = String(value);
        if (tag === 'URL') checkHost(written);
        return defaultParseOperations.fromStringValue(tag, written);
      },
    },
  };
}

const LAST_INDEX = 2 ** 32 - 2;

/** V8 makes room for all indices up to the largest one, thousands of bytes for a name of four digits, unless there is this one. */
function keepSparse(target: object): void {
  if (Object.hasOwn(target, LAST_INDEX)) return;
  Reflect.set(target, LAST_INDEX, undefined);
  Reflect.deleteProperty(target, LAST_INDEX);
}

const WITH_HOST = /^[\0- ]*(?:https?|wss?|ftp|file):[/\\]*([^/\\?#]*)/i;

function checkHost(url: string): void {
  // Parsers of URLs skip tabs and newlines.
  const [, host = ''] = WITH_HOST.exec(url.replace(/[\t\n\r]/g, '')) ?? [];
  if (host.length > LONGEST_HOST) throw new RangeError(`A URL with a host of ${host.length} characters`);
}
