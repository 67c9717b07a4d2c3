/**
 * Converts to a Buffer, which the types of clients require. Browsers have no Buffer, and there the client of MQTT
 * takes a Uint8Array.
 */
export function asBuffer(data: Uint8Array): Buffer {
  const { Buffer: Class } = globalThis as { readonly Buffer?: typeof Buffer };
  return Class === undefined ? (data as Buffer) : Class.from(data.buffer, data.byteOffset, data.byteLength);
}
