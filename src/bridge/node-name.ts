import { nodeModule, randomId } from '../internal/runtime.js';

/**
 * Returns a name of host name, process id and a random part. In a page, it has the site's host name and no process id.
 */
export function defaultNode(): string {
  const { process, location } = globalThis as {
    readonly process?: { readonly pid?: number };
    readonly location?: { readonly hostname?: string };
  };
  const os = nodeModule('node:os') as { readonly hostname: () => string } | undefined;
  const host = os?.hostname() ?? location?.hostname ?? 'host';
  return [host, process?.pid, randomId()].filter(Boolean).join('-');
}
