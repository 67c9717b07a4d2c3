import { textOf } from '../../internal/printing.js';
import { read } from '../../internal/any-value.js';
import type { ErrorNote } from '../types.js';

const LONGEST_ERROR_NAME = 100;

/** Notes the class and the code of what was thrown, and nothing that may be a secret. */
export function errorNote(reason: unknown): ErrorNote {
  const code = textOf(reason, 'code')?.slice(0, LONGEST_ERROR_NAME) ?? null;
  return { at: Date.now(), name: errorNameOf(reason).slice(0, LONGEST_ERROR_NAME), code };
}

function errorNameOf(reason: unknown): string {
  if (reason === null) return 'null';
  if (typeof reason !== 'object') return typeof reason;
  const name = textOf(reason, 'name');
  // A class that extends Error may have no name of its own.
  return name !== undefined && name !== 'Error' ? name : (textOf(read(reason, 'constructor'), 'name') ?? 'Error');
}
