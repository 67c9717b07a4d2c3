/** Returns 16 hexadecimal digits. Not `randomUUID`, because pages without TLS lack it. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
