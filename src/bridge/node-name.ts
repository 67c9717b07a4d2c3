import { randomId } from '../internal/random-id.js';

/** The part of Node's `process` that is used here. */
interface Host {
  readonly pid?: number;
  readonly getBuiltinModule?: (name: string) => { readonly hostname: () => string };
}

/**
 * Returns a name of host name, process id and a random part. In a page, it has the site's host name and no process id.
 */
export function defaultNode(): string {
  const { process, location } = globalThis as {
    readonly process?: Host;
    readonly location?: { readonly hostname?: string };
  };
  const host = process?.getBuiltinModule?.('node:os').hostname() ?? location?.hostname ?? 'host';
  return [host, process?.pid, randomId()].filter(Boolean).join('-');
}
