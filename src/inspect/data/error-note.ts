import type { ErrorNote } from '../types.js';

const LONGEST_ERROR_NAME = 100;

/** Notes the class and the code of what was thrown, and nothing that may be a secret. */
export function errorNote(reason: unknown): ErrorNote {
  return { at: Date.now(), ...nameAndCodeOf(reason) };
}

function nameAndCodeOf(reason: unknown): Pick<ErrorNote, 'name' | 'code'> {
  if (typeof reason !== 'object' || reason === null)
    return { name: reason === null ? 'null' : typeof reason, code: null };
  try {
    const { name, code, constructor } = reason as Record<'name' | 'code', unknown> & { readonly constructor?: unknown };
    const className = typeof constructor === 'function' ? constructor.name : undefined;
    // A class that extends Error without a name of its own.
    const given = typeof name === 'string' && name !== 'Error' ? name : className;
    return { name: brief(given) ?? 'Error', code: brief(code) };
  } catch {
    return { name: 'Error', code: null }; // a getter that throws
  }
}

function brief(text: unknown): string | null {
  return typeof text === 'string' && text !== '' ? text.slice(0, LONGEST_ERROR_NAME) : null;
}
