import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type IncomingMessage, createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { Admission } from '../../src/inspect/admission.js';
import { type InspectorServer, serve } from '../../src/inspect/server.js';
import { root } from '../helpers/package.js';
import { FakeData, receiverRow, seenSend, signalRow } from './fake-data.js';
import { type RawAnswer, ask, askRaw } from './raw-http.js';

const TOKEN = 'dGhlLXRva2VuLW9mLXRoaXMtdGVzdCEh';
const PAGE = '<!doctype html><style>p{color:red}</style><p>page</p><script type="module">go();</script>';
const ordered = signalRow(1, 'ordered', { receivers: [receiverRow(2, 'pack')] });

let data: FakeData;
let server: InspectorServer;
let host: string;

beforeEach(async () => {
  data = new FakeData();
  data.managers = [{ id: 1, name: 'shop', pending: 0 }];
  data.set(ordered, signalRow(7, 'paid', { receivers: [receiverRow(8, 'post')] }));
  data.kept = [seenSend(3, ordered), seenSend(4, ordered), seenSend(5, signalRow(7, 'paid'))];
  data.explanations.set(3, [{ receiverId: 2, name: 'pack', called: true, because: 'unfiltered' }]);
  server = await serve({ data, page: PAGE, token: TOKEN, port: 0, updateEveryMs: 100 });
  host = `127.0.0.1:${server.port}`;
});

afterEach(() => {
  jest.restoreAllMocks();
  return server.close();
});

type Headers = Readonly<Record<string, string | string[]>>;

/** A request as the page makes it, with some headers changed; an empty one is left out. */
function get(path: string, changed: Headers = {}, method = 'GET'): Promise<RawAnswer> {
  const headers = Object.entries({ Host: host, Authorization: `Bearer ${TOKEN}`, ...changed });
  const given = Object.fromEntries(headers.filter(([, value]) => value !== ''));
  return ask({ port: server.port, path, method, headers: given });
}

const json = { 'content-type': 'application/json' };
const refusal = (error: string) => JSON.stringify({ error });

describe('the address (I1)', () => {
  it('is 127.0.0.1 alone', async () => {
    const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const foreign = others.filter(({ internal, family }) => !internal && family === 'IPv4').map((each) => each.address);
    for (const address of [...foreign, '127.0.0.2']) {
      const code = await new Promise((resolve) => {
        const socket = connect(server.port, address, () => resolve('connected'));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      expect([address, code]).toEqual([address, 'ECONNREFUSED']);
    }
  });

  it('rejects with the error of the system if the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const attempt = serve({ data, page: PAGE, token: TOKEN, port, updateEveryMs: 100 });
    await expect(attempt).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    taken.close();
  });
});

describe('a request that another site can cause', () => {
  it.each<[string, () => Headers]>([
    ['no Host', () => ({ Host: '' })],
    ['a name that an attacker has pointed to 127.0.0.1', () => ({ Host: `evil.example:${server.port}` })],
    ['another port', () => ({ Host: '127.0.0.1:1' })],
    ['no port', () => ({ Host: '127.0.0.1' })],
    ['an address that the server does not have', () => ({ Host: `127.0.0.2:${server.port}` })],
    ['a name that begins like ours', () => ({ Host: `localhost:${server.port}.evil.example` })],
    ['two hosts', () => ({ Host: [host, `evil.example:${server.port}`] })],
    ['a right Origin beside it', () => ({ Host: `evil.example:${server.port}`, Origin: `http://${host}` })],
  ])('has 403 "host" with %s (I3)', async (_what, headers) => {
    for (const path of ['/', '/snapshot', '/nothing']) {
      expect(await get(path, headers())).toMatchObject({ status: 403, headers: json, body: refusal('host') });
    }
  });

  it.each([['127.0.0.1'], ['localhost'], ['[::1]']])('is admitted with the host %s (I3)', async (name) => {
    const own = `${name}:${server.port}`;
    expect(await get('/snapshot', { Host: own, Origin: `http://${own}` })).toMatchObject({ status: 200 });
  });

  it('is admitted without a port at port 80, as a browser leaves it out (I3)', () => {
    // Only what `check` uses of a request.
    const asked = (host: string) => {
      const headers = { host, authorization: `Bearer ${TOKEN}` };
      return { headers, headersDistinct: { host: [host] } } as unknown as IncomingMessage;
    };
    const admission = new Admission(80, TOKEN);
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      for (const own of [name, `${name}:80`]) expect(() => admission.check(asked(own), false)).not.toThrow();
    }
    expect(() => admission.check(asked('evil.example'), false)).toThrow('host');
  });

  it.each<[string, () => string | string[]]>([
    ['another site', () => 'http://evil.example'],
    ['a sandboxed page', () => 'null'],
    ['another port', () => 'http://127.0.0.1:1'],
    ['another scheme', () => `https://${host}`],
    ['another of our names', () => `http://localhost:${server.port}`],
    ['two origins', () => [`http://${host}`, 'http://evil.example']],
  ])('has 403 "origin" from %s (I4)', async (_what, origin) => {
    for (const path of ['/', '/snapshot', '/nothing']) {
      expect(await get(path, { Origin: origin() })).toMatchObject({
        status: 403,
        headers: json,
        body: refusal('origin'),
      });
    }
  });

  it.each([['cross-site'], ['same-site'], ['same-origin, cross-site'], ['nonsense']])(
    'has 403 "site" with Sec-Fetch-Site: %s, the page aside (I4)',
    async (site) => {
      for (const path of ['/snapshot', '/nothing', '/index.html']) {
        expect(await get(path, { 'Sec-Fetch-Site': site })).toMatchObject({ status: 403, body: refusal('site') });
      }
      expect(await get('/', { 'Sec-Fetch-Site': site })).toMatchObject({ status: 200 });
    },
  );

  it.each([['same-origin'], ['none']])('is admitted with Sec-Fetch-Site: %s (I4)', async (site) => {
    expect(await get('/snapshot', { 'Sec-Fetch-Site': site })).toMatchObject({ status: 200 });
  });
});

describe('the token (I5)', () => {
  it.each<[string, string, string]>([
    ['none', '/snapshot', ''],
    ['a wrong one', '/snapshot', 'Bearer wrong'],
    ['a wrong one of the same length', '/snapshot', `Bearer ${TOKEN.replace(/.$/, '?')}`],
    ['the beginning of it', '/snapshot', `Bearer ${TOKEN.slice(0, -1)}`],
    ['more than it', '/snapshot', `Bearer ${TOKEN}, Bearer x`],
    ['another scheme', '/snapshot', `Basic ${TOKEN}`],
    ['no scheme', '/snapshot', TOKEN],
    ['one in the query', `/snapshot?token=${TOKEN}`, ''],
    ['one in the fragment', `/snapshot#${TOKEN}`, ''],
    ['none, of an unknown path', '/nothing', ''],
    ['none, of another name of the page', '//', ''],
  ])('%s is refused with 401', async (_what, path, authorization) => {
    expect(await get(path, { Authorization: authorization })).toMatchObject({
      status: 401,
      headers: { ...json, 'www-authenticate': 'Bearer' },
      body: refusal('token'),
    });
  });

  it('is not asked of the page, because a browser has no token before it', async () => {
    expect(await get('/', { Authorization: '' })).toMatchObject({ status: 200, body: PAGE });
  });
});

describe('other errors (I5)', () => {
  it.each([
    ['/nothing', 404, 'path'],
    ['/snapshot/', 404, 'path'],
    ['/%73napshot', 404, 'path'],
    ['//127.0.0.1/snapshot', 404, 'path'],
    ['http://127.0.0.1/snapshot', 404, 'path'],
    ['/constructor', 404, 'path'],
    ['/why-not', 400, 'parameter'],
    ['/why-not?send=', 400, 'parameter'],
    ['/why-not?send=0', 400, 'parameter'],
    ['/why-not?send=1e3', 400, 'parameter'],
    ['/why-not?send=-3', 400, 'parameter'],
    ['/why-not?send=3.0', 400, 'parameter'],
    ['/why-not?send=03', 400, 'parameter'],
    ['/why-not?send=3&send=3', 400, 'parameter'],
    ['/why-not?send=99999999999999999999', 400, 'parameter'],
    ['/why-not?send=9', 404, 'id'],
    ['/sends?signal=x', 400, 'parameter'],
    ['/sends?signal=2', 404, 'id'],
    ['/sends?limit=0', 400, 'parameter'],
    ['/sends?limit=1001', 400, 'parameter'],
    ['/sends?sginal=1', 400, 'parameter'],
    ['/sends?__proto__=1', 400, 'parameter'],
    ['/picture?manager=2', 404, 'id'],
    ['/picture?format=svg', 400, 'parameter'],
    ['/events?signal=2', 404, 'id'],
    ['/events?signal=', 400, 'parameter'],
  ])('GET %s is refused with %i %s', async (path, status, error) => {
    expect(await get(path)).toMatchObject({ status, headers: json, body: refusal(error) });
  });

  it.each([['POST'], ['PUT'], ['DELETE'], ['PATCH'], ['OPTIONS'], ['TRACE']])(
    '%s is refused with 405',
    async (method) => {
      for (const path of ['/', '/snapshot', '/events']) {
        const answer = await get(path, {}, method);
        expect(answer).toMatchObject({ status: 405, headers: { ...json, allow: 'GET' }, body: refusal('method') });
      }
      expect(await get('/nothing', {}, method)).toMatchObject({ status: 404, body: refusal('path') });
    },
  );

  it('HEAD is refused with 405, without a body', async () => {
    expect(await get('/snapshot', {}, 'HEAD')).toMatchObject({ status: 405, headers: { allow: 'GET' }, body: '' });
  });

  it('comes as 500 if the data fail, and the process lives', async () => {
    data.snapshot = () => {
      throw new Error('a secret');
    };
    expect(await get('/snapshot')).toMatchObject({ status: 500, headers: json, body: refusal('internal') });
    expect(await get('/sends')).toMatchObject({ status: 200 });
  });

  it('are found in the order of I3, I4 and I5', async () => {
    const wrong = {
      Host: 'evil.example',
      Origin: 'http://evil.example',
      'Sec-Fetch-Site': 'cross-site',
      Authorization: '',
    };
    const right: Headers[] = [
      { Host: host },
      { Origin: '' },
      { 'Sec-Fetch-Site': '' },
      { Authorization: `Bearer ${TOKEN}` },
    ];
    const errors = [];
    for (let count = 0; count <= right.length; count++) {
      const headers = Object.assign({}, wrong, ...right.slice(0, count)) as Headers;
      errors.push((JSON.parse((await get('/nothing?send=0', headers, 'POST')).body) as { error: string }).error);
    }
    expect(errors).toEqual(['host', 'origin', 'site', 'token', 'path']);
    expect(await get('/why-not?send=0', {}, 'POST')).toMatchObject({ status: 405 });
  });
});

describe('a route (I6)', () => {
  it.each<[string, string, (body: string) => void]>([
    ['/', 'text/html; charset=utf-8', (body) => expect(body).toBe(PAGE)],
    ['/?from=history', 'text/html; charset=utf-8', (body) => expect(body).toBe(PAGE)],
    ['/snapshot', 'application/json', (body) => expect(JSON.parse(body)).toEqual(data.snapshot())],
    ['/sends', 'application/json', (body) => expect(ids(body)).toEqual([5, 4, 3])],
    ['/sends?signal=1', 'application/json', (body) => expect(ids(body)).toEqual([4, 3])],
    ['/sends?limit=1&signal=1', 'application/json', (body) => expect(ids(body)).toEqual([4])],
    ['/sends?limit=1000', 'application/json', (body) => expect(ids(body)).toEqual([5, 4, 3])],
    ['/why-not?send=3', 'application/json', (body) => expect(JSON.parse(body)).toEqual(data.whyNot(3))],
    ['/picture', 'text/plain; charset=utf-8', (body) => expect(body).toMatch(/^flowchart LR\n/)],
    ['/picture?manager=1&format=dot', 'text/plain; charset=utf-8', (body) => expect(body).toMatch(/^digraph signals/)],
    ['/picture?format=mermaid', 'text/plain; charset=utf-8', (body) => expect(body).toMatch(/^flowchart LR\n/)],
  ])('%s answers 200 with %s', async (path, type, check) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type } });
    check(answer.body);
  });

  it('/picture has 404 "id" while there is no manager', async () => {
    data.managers = [];
    expect(await get('/picture')).toMatchObject({ status: 404, body: refusal('id') });
  });
});

function ids(body: string): number[] {
  return (JSON.parse(body) as { readonly id: number }[]).map(({ id }) => id);
}

describe('the headers of every response (I7)', () => {
  const POLICY = /^default-src 'none'; frame-ancestors 'none';/;

  it.each<[string, string, Headers, string]>([
    ['a page', '/', {}, 'GET'],
    ['data', '/snapshot', {}, 'GET'],
    ['a picture', '/picture', {}, 'GET'],
    ['403', '/', { Host: 'evil.example' }, 'GET'],
    ['no Host', '/', { Host: '' }, 'GET'],
    ['401', '/snapshot', { Authorization: '' }, 'GET'],
    ['404', '/nothing', {}, 'GET'],
    ['405', '/', {}, 'POST'],
    ['400', '/why-not', {}, 'GET'],
    ['an expectation that is not met', '/snapshot', { Expect: 'cookies' }, 'GET'],
    ['a pre-flight', '/snapshot', { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'GET' }, 'OPTIONS'],
    ['an upgrade', '/snapshot', { Upgrade: 'websocket', Connection: 'upgrade' }, 'GET'],
  ])('are those of I7 for %s', async (_what, path, headers, method) => {
    const answer = await get(path, headers, method);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toMatch(POLICY);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('let the page run exactly its own script and style', async () => {
    const policy = String((await get('/')).headers['content-security-policy']);
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        `script-src ${hash('go();')}`,
        `style-src ${hash('p{color:red}')}`,
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
      ]),
    );
  });

  it('are not missing from an answer to bad HTTP, because there is none', async () => {
    for (const text of ['nonsense\r\n\r\n', `GET / HTTP/1.1\r\nHost: ${host}\r\nbad header\r\n\r\n`]) {
      expect(await askRaw(server.port, text)).toBe('');
    }
    expect(await askRaw(server.port, `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toBe('');
    expect(await get('/')).toMatchObject({ status: 200 });
  });
});

describe('closing the server (I22)', () => {
  it('ends its connections, idle and open ones, and resolves when nothing is left', async () => {
    const idle = connect(server.port, '127.0.0.1');
    await new Promise<void>((resolve) => idle.once('connect', () => resolve()));
    const closed = new Promise<void>((resolve) => idle.once('close', () => resolve()));
    idle.on('error', () => undefined);
    await server.close();
    await closed;
    await expect(get('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    server = await serve({ data, page: PAGE, token: TOKEN, port: 0, updateEveryMs: 100 });
  });
});

describe('several requests for /events on one connection', () => {
  it('leave no timer behind (I22)', async () => {
    const [started, ended] = [jest.spyOn(globalThis, 'setInterval'), jest.spyOn(globalThis, 'clearInterval')];
    const client = connect(server.port, '127.0.0.1');
    client.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const request = `GET /events HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
    client.write(request.repeat(12));
    await new Promise((resolve) => client.once('data', resolve));
    client.resume();
    const timers = started.mock.results.map(({ value }) => value);
    expect(timers).toHaveLength(12);
    await server.close();
    await closed;
    expect(ended.mock.calls.map(([timer]) => timer as unknown)).toEqual(expect.arrayContaining(timers));
    server = await serve({ data, page: PAGE, token: TOKEN, port: 0, updateEveryMs: 100 });
  });
});

describe('a process', () => {
  it('ends although a client reads /events (I1)', async () => {
    const { outputFiles } = await build({
      entryPoints: [path.join(root, '__tests__/inspect/fixtures/serving.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
    });
    const child = spawn(process.execPath, ['--eval', outputFiles[0]?.text ?? ''], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const port = await new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
    const events = connect(port, '127.0.0.1');
    events.on('error', () => undefined);
    events.write(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer token\r\n\r\n`);
    await new Promise((resolve) => events.once('data', resolve));
    child.stdin.end();
    expect(await exited).toBe(0);
  });
});
