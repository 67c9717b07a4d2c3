import { randomId } from '../internal/random-id.js';

/** What is used of node's `process`, where there is one. */
interface Host {
  readonly pid?: number;
  readonly getBuiltinModule?: (name: string) => { readonly hostname: () => string };
}

/** Host name, process id and a random part; in a page, the site's host name and a random part. */
export function defaultNode(): string {
  const { process, location } = globalThis as {
    readonly process?: Host;
    readonly location?: { readonly hostname?: string };
  };
  const host = process?.getBuiltinModule?.('node:os').hostname() ?? location?.hostname ?? 'host';
  return [host, process?.pid, randomId()].filter(Boolean).join('-');
}
