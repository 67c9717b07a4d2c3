import { bytesOf } from './content.js';
import type { Body } from './envelope.js';
import { PayloadError } from '../errors.js';
import type { Publisher } from './publisher.js';

/** More than a header without long names takes. */
const LONG_HEADER = 8_192;

/**
 * Refuses a send that is too large for a message, before anything of it leaves.
 *
 * @param headerOf - Asked only if it is a close call.
 */
export function checkSize(
  signal: string,
  payload: string,
  { post, maxBytes }: { readonly post: Publisher; readonly maxBytes: number },
  headerOf: () => Body,
): void {
  if (payload.length * 3 + LONG_HEADER <= maxBytes) return;
  const bytes = post.encode(headerOf()).byteLength + bytesOf(payload);
  if (bytes <= maxBytes) return;
  throw new PayloadError(`A send of signal "${signal}" takes ${bytes} bytes, more than the bridge's \`maxBytes\``);
}
