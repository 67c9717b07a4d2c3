import { bytesOf } from './content.js';
import type { Body } from './envelope.js';
import type { TraceParent } from '../../contract/signals.js';
import { PayloadError } from '../errors.js';
import type { Publisher } from './publisher.js';

/** Encodes a send, with its trace unless that makes the message too large. */
export function encodeTraced(
  { post, maxBytes }: { readonly post: Publisher; readonly maxBytes: number },
  header: Body,
  payload: string,
  trace: TraceParent | undefined,
): Uint8Array {
  if (trace !== undefined) {
    const traced = post.encode(Object.assign({}, header, trace), payload);
    if (traced.byteLength <= maxBytes) return traced;
  }
  return post.encode(header, payload);
}

/** More than the size of a header without long names. */
const LONG_HEADER = 8_192;

/**
 * Throws if a send is too large for a message, before anything is published.
 *
 * @param headerOf - Called only if the payload alone does not decide it.
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
