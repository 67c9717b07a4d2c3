import { type ParseOptions, defaultParseOperations } from 'devalue';

// Some values are large or slow to create although their text is short. Here they are created in another way or
// rejected, so that the cost of a message is proportional to its size.

/** The largest sparse array. In a longer one, a few bytes of text would cause an endless loop. */
const LONGEST_SPARSE = 1_000_000;

/**
 * The largest number of Unicode classes in one message. One costs as much as thousands of other characters in a
 * pattern.
 */
const MOST_UNICODE_CLASSES = 20;

/**
 * The longest host of a URL. The time to parse a host that is not ASCII, or is marked so, grows with the square of its
 * length.
 */
const LONGEST_HOST = 1_000;

/** Matches texts that may have such values: a negative number, a name that may be an index, or one of these types. */
const RARE = /-|\d"|\\u|"RegExp"|"URL"/;

/**
 * Returns the options of `parse` for a text. Undefined for most texts, because options add a third to the time of a
 * small one.
 */
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
        // Nodes write a string here. RegExp would convert any other value to the same string.
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

/**
 * Keeps an object sparse. Otherwise V8 allocates all indices up to the largest one: thousands of bytes for a name of
 * four digits.
 */
function keepSparse(target: object): void {
  if (Object.hasOwn(target, LAST_INDEX)) return;
  Reflect.set(target, LAST_INDEX, undefined);
  Reflect.deleteProperty(target, LAST_INDEX);
}

const WITH_HOST = /^[\0- ]*(?:https?|wss?|ftp|file):[/\\]*([^/\\?#]*)/i;

function checkHost(url: string): void {
  // URL parsers skip tabs and newlines.
  const [, host = ''] = WITH_HOST.exec(url.replace(/[\t\n\r]/g, '')) ?? [];
  if (host.length > LONGEST_HOST) throw new RangeError(`A URL with a host of ${host.length} characters`);
}
