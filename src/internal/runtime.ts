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

/** Returns 16 hexadecimal digits. Not `randomUUID`, because pages without TLS lack it. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Converts to a Buffer, which the types of clients require. Browsers have no Buffer, and there the client of MQTT
 * takes a Uint8Array.
 */
export function asBuffer(data: Uint8Array): Buffer {
  const { Buffer: Class } = globalThis as { readonly Buffer?: typeof Buffer };
  return Class === undefined ? (data as Buffer) : Class.from(data.buffer, data.byteOffset, data.byteLength);
}
