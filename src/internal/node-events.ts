interface NodeEvents {
  addAbortListener(abortSignal: AbortSignal, listener: () => void): unknown;
  setMaxListeners(count: number, target: EventTarget): void;
}

interface NodeProcess {
  getBuiltinModule?(id: string): NodeEvents;
}

/**
 * Node's functions for AbortSignals. Undefined in browsers, and before Node 20.16. Asked for at run time, because an import
 * would keep this library out of browsers.
 */
export const nodeEvents = (globalThis as { readonly process?: NodeProcess }).process?.getBuiltinModule?.('node:events');
