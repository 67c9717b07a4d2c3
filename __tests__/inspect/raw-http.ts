import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  /** Host included; the browser's `fetch` would not let a test choose it. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Makes one request with exactly these headers; resolves with the whole answer. */
export function ask({ port, path, method = 'GET', headers = {} }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    // As a list, because an object may have only one Host.
    const flat = Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]));
    const options = { host: '127.0.0.1', port, path, method, headers: flat, agent: false, setHost: false };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Sends these bytes; resolves with what comes back until the server closes the connection. */
export function askRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (more: string) => (answer += more));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET') reject(error);
    });
  });
}
