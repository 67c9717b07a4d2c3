import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Admission, Refusal } from './admission.js';
import { streamEvents } from './events.js';
import type { InspectorData } from './inspector-data.js';
import { oneOf, parseQuery, required, wholeNumber } from './query.js';

export interface ServerOptions {
  readonly data: InspectorData;
  /** HTML with one inline script and one inline style sheet. */
  readonly page: string;
  readonly token: string;
  readonly port: number;
  readonly updateEveryMs: number;
}

export interface InspectorServer {
  readonly port: number;
  /** Closes the server and all its connections. */
  close(): Promise<void>;
}

/** Starts the server; resolves when it listens. It does not keep the process alive. */
export async function serve(options: ServerOptions): Promise<InspectorServer> {
  // Node's own answer to a request without Host would lack our headers.
  const server = createServer({ requireHostHeader: false });
  const port = await listen(server, options.port);
  const admission = new Admission(port, options.token);
  const routes = routesOf(options);
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    try {
      routeOf(request, admission, routes)(response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, error instanceof Refusal ? error : new Refusal(500, 'internal'));
    }
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, answer);
  return { port, close: () => close(server) };
}

function listen(server: Server, port: number): Promise<number> {
  // Node's own answer to bad HTTP would lack our headers.
  server.on('clientError', (_error: Error, socket: Socket) => socket.destroy());
  server.on('connection', (socket: Socket) => socket.setMaxListeners(0).unref());
  server.unref();
  return new Promise((resolve, reject) => {
    // It stays, because an error of `accept` (too many open files) must not end the process.
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

type Answer = (response: ServerResponse) => void;
type RouteTable = ReadonlyMap<string, (query: string) => Answer>;

function routeOf(request: IncomingMessage, admission: Admission, routes: RouteTable): Answer {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  admission.check(request, path === '/');
  const route = routes.get(path);
  if (route === undefined) throw new Refusal(404, 'path');
  if (request.method !== 'GET') throw new Refusal(405, 'method', { Allow: 'GET' });
  return route(query);
}

function routesOf({ data, page, updateEveryMs }: ServerOptions): RouteTable {
  const id = wholeNumber();
  const knownSignal = (signal: number | undefined): number | undefined => {
    if (signal !== undefined && !data.hasSignal(signal)) throw new Refusal(404, 'id');
    return signal;
  };
  const pagePolicy = `${POLICY}; ${sourcesOf(page)}`;
  return new Map<string, (query: string) => Answer>([
    ['/', () => (response) => respond(response, 'text/html; charset=utf-8', page, pagePolicy)],
    [
      '/snapshot',
      (query) => {
        parseQuery(query, {});
        return json(data.snapshot());
      },
    ],
    [
      '/sends',
      (query) => {
        const { signal, limit = 100 } = parseQuery(query, { signal: id, limit: wholeNumber(1_000) });
        return json(data.sends(knownSignal(signal), limit));
      },
    ],
    [
      '/why-not',
      (query) => {
        const { send } = parseQuery(query, { send: id });
        return json(found(data.whyNot(required(send))));
      },
    ],
    [
      '/picture',
      (query) => {
        const { manager, format = 'mermaid' } = parseQuery(query, { manager: id, format: oneOf('mermaid', 'dot') });
        const picture = found(data.picture(manager, format));
        return (response) => respond(response, 'text/plain; charset=utf-8', picture);
      },
    ],
    [
      '/events',
      (query) => {
        const signal = knownSignal(parseQuery(query, { signal: id }).signal);
        return (response) => {
          response.writeHead(200, headers('text/event-stream'));
          streamEvents(response, data, signal, updateEveryMs);
        };
      },
    ],
  ]);
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal(404, 'id');
  return value;
}

const POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Returns the rest of the policy of the page: exactly its own script and style, and requests to this server. */
function sourcesOf(page: string): string {
  const hashes = (tag: string): string => {
    const texts = page.matchAll(new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, 'gs'));
    return [...texts]
      .map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
      .join(' ');
  };
  return (
    `script-src ${hashes('script')}; style-src ${hashes('style')}; connect-src 'self'; img-src data:; ` +
    "require-trusted-types-for 'script'; trusted-types 'none'"
  );
}

function headers(type: string, policy = POLICY): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  };
}

function respond(response: ServerResponse, type: string, body: string, policy?: string): void {
  response.writeHead(200, headers(type, policy)).end(body);
}

function json(data: unknown): Answer {
  const body = JSON.stringify(data);
  return (response) => respond(response, 'application/json', body);
}

function refuse(response: ServerResponse, { status, message, headers: more }: Refusal): void {
  const body = JSON.stringify({ error: message });
  response.writeHead(status, { ...headers('application/json'), ...more }).end(body);
}
