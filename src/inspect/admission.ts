import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** An answer other than 200; the body names what was wrong. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, error: string, headers: Readonly<Record<string, string>> = {}) {
    super(error);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Refuses requests that do not come from the page or from a program with the token. A page of another site can make a
 * browser send requests to 127.0.0.1, also under a name of its own that resolves to that address (DNS rebinding).
 */
export class Admission {
  readonly #hosts: readonly string[];
  readonly #authorization: Buffer;

  constructor(port: number, token: string) {
    const names = ['127.0.0.1', 'localhost', '[::1]'];
    // A browser leaves out the default port.
    this.#hosts = [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])];
    this.#authorization = digest(`Bearer ${token}`);
  }

  /** @param isPage - The page holds no data, and a browser that opens it has no token to send yet. */
  check({ headers, headersDistinct }: IncomingMessage, isPage: boolean): void {
    const [host = '', ...others] = headersDistinct['host'] ?? [];
    if (!this.#hosts.includes(host) || others.length > 0) throw new Refusal(403, 'host');
    if (headers.origin !== undefined && headers.origin !== `http://${host}`) throw new Refusal(403, 'origin');
    if (isPage) return;
    const site = headers['sec-fetch-site'] ?? 'none';
    if (site !== 'same-origin' && site !== 'none') throw new Refusal(403, 'site');
    if (!timingSafeEqual(digest(headers.authorization ?? ''), this.#authorization)) {
      throw new Refusal(401, 'token', { 'WWW-Authenticate': 'Bearer' });
    }
  }
}

/** Digests have one length, as `timingSafeEqual` needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
