interface NodeEvents {
  addAbortListener(abortSignal: AbortSignal, listener: () => void): unknown;
  setMaxListeners(count: number, target: EventTarget): void;
}

interface NodeProcess {
  getBuiltinModule?(id: string): NodeEvents;
}

/**
 * Node's functions for AbortSignals. Undefined in browsers, and before Node 20.16. Loaded at run time, because an
 * import would fail in browsers.
 */
export const nodeEvents = (globalThis as { readonly process?: NodeProcess }).process?.getBuiltinModule?.('node:events');
