interface NodeProcess {
  getBuiltinModule?(id: string): unknown;
}

/**
 * Returns a built-in module of Node, like 'node:util'. Undefined in browsers, and before Node 20.16. An import would
 * fail in browsers.
 */
export function nodeModule(id: string): unknown {
  return (globalThis as { readonly process?: NodeProcess }).process?.getBuiltinModule?.(id);
}
