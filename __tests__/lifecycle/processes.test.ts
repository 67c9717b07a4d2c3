/** The same as `run.test.ts`, with real processes and process signals. Nothing is timed: a test waits for what is printed. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { type ChildProcess, type ChildProcessWithoutNullStreams, fork, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { root } from '../helpers/package.js';
import { deferred } from '../helpers/promises.js';
import type { Report } from './fixtures/http-server.js';

let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'signalbox-lifecycle-'));
  const fixtures = path.join(root, '__tests__/lifecycle/fixtures');
  await build({
    entryPoints: ['scenes', 'http-server'].map((name) => path.join(fixtures, `${name}.ts`)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A running scene. */
class Scene {
  readonly lines: string[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<[code: number | null]>;
  readonly #errors: Promise<string>;
  readonly #waiting = new Map<string, () => void>();

  constructor(name: string) {
    this.#child = spawn(process.execPath, [path.join(folder, 'scenes.mjs'), name]);
    children.push(this.#child);
    this.#exited = once(this.#child, 'close') as Promise<[code: number | null]>;
    this.#errors = text(this.#child.stderr);
    createInterface(this.#child.stdout).on('line', (line) => {
      this.lines.push(line);
      this.#waiting.get(line)?.();
    });
  }

  async printed(line: string): Promise<void> {
    if (this.lines.includes(line)) return;
    const { promise, resolve } = deferred();
    this.#waiting.set(line, resolve);
    await Promise.race([promise, this.#exited]);
    expect(this.lines).toContain(line);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async end(): Promise<{ readonly code: number | null; readonly lines: string[]; readonly errors: string }> {
    const [code] = await this.#exited;
    return { code, lines: this.lines, errors: await this.#errors };
  }
}

describe('a process that awaits Lifecycle#run', () => {
  it('lives until a process signal, although nothing else keeps it alive, and exits with 0 (L10, L11)', async () => {
    const scene = new Scene('opens and closes');
    await scene.printed('ready');
    scene.kill('SIGTERM');
    expect(await scene.end()).toEqual({
      code: 0,
      lines: ['open a', 'ready', 'close a', 'reason: SIGTERM', 'stopped'],
      errors: '',
    });
  });

  it('closes what has opened, or still opens, after a process signal during the start (L12)', async () => {
    const scene = new Scene('opens on request');
    await scene.printed('open b');
    scene.kill('SIGINT');
    await scene.printed('aborted b');
    scene.write('go on');
    expect(await scene.end()).toEqual({
      code: 0,
      lines: ['open a', 'open b', 'aborted b', 'close b', 'close a', 'reason: SIGINT', 'stopped'],
      errors: '',
    });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('exits at once on a second process signal, %s, with %i (L13)', async (second, code) => {
    const scene = new Scene('never closes');
    await scene.printed('ready');
    scene.kill('SIGTERM');
    await scene.printed('close a');
    scene.kill(second);
    expect(await scene.end()).toEqual({ code, lines: ['open a', 'ready', 'close a'], errors: '' });
  });

  it('calls each of ten closers that hang, prints their names, and exits with 1 (L6, L7, L11)', async () => {
    const scene = new Scene('has ten closers that hang');
    await scene.printed('ready');
    scene.kill('SIGTERM');
    const { code, lines, errors } = await scene.end();
    const names = Array.from({ length: 10 }, (_, n) => `${9 - n}`);
    expect(lines.slice(11)).toEqual([...names.map((name) => `close ${name}`), 'reason: SIGTERM', 'stopped']);
    expect(errors).toContain(`Closers still running 50 ms after the 100 ms of the stop: ${names.join(', ')}`);
    expect(code).toBe(1);
  });

  it('gives up an opener that hangs, closes the others, and ends with 1 (L5, L11)', async () => {
    const { code, lines, errors } = await new Scene('has an opener that hangs').end();
    expect(lines).toEqual(['open a', 'open b', 'aborted b', 'close a', 'reason: start failed', 'stopped']);
    expect(errors).toContain('StartFailedError: Not started within 100 ms');
    expect(errors).toContain("resource: 'b'");
    expect(code).toBe(1);
  });

  it('calls the other closers if one fails, and ends with 1 (L2, L8, L11)', async () => {
    const scene = new Scene('has a closer that fails');
    await scene.printed('ready');
    scene.kill('SIGTERM');
    const { code, lines, errors } = await scene.end();
    expect(lines).toEqual(['open a', 'open b', 'ready', 'close b', 'close a', 'reason: SIGTERM', 'stopped']);
    expect(errors).toContain('disk full');
    expect(code).toBe(1);
  });
});

describe('an HTTP server that is killed while it answers', () => {
  /** Requests one url. Resolves with the answer; rejects if the connection ends before it. */
  async function ask(url: string, agent: Agent, onAnswer: () => void): Promise<string> {
    const sent = request(url, { agent });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.once('data', onAnswer);
    return text(response);
  }

  it('answers each request that it has accepted, whenever it is killed, a hundred times (L2)', async () => {
    const server = fork(path.join(folder, 'http-server.mjs'));
    children.push(server);
    const accepted: string[] = [];
    const answered = new Map<string, string>();
    const codes: number[] = [];

    /** Asks over and over, until the server is gone. */
    async function client(port: number, name: string, onAnswer: () => void): Promise<void> {
      const agent = new Agent({ keepAlive: Math.random() < 0.5 });
      try {
        for (let n = 0; ; n++) {
          const url = `/${name}/${n}`;
          answered.set(url, await ask(`http://127.0.0.1:${port}${url}`, agent, onAnswer));
        }
      } catch {
        // Refused, or cut: in that case the url is not in `answered`.
      } finally {
        agent.destroy();
      }
    }

    let clients: Promise<void>[] = [];
    for await (const [report] of on(server, 'message') as AsyncIterable<[Report]>) {
      if (report.type === 'accepted') accepted.push(report.url);
      if (report.type === 'listening') {
        let left = Math.ceil(Math.random() * 15);
        const onAnswer = (): void => {
          left -= 1;
          if (left === 0) server.kill('SIGTERM');
        };
        clients = Array.from({ length: 6 }, (_, i) => client(report.port, `${codes.length}/${i}`, onAnswer));
      }
      if (report.type === 'stopped') {
        codes.push(report.code);
        await Promise.all(clients);
        if (codes.length === 100) break;
      }
    }
    const cut = accepted.filter((url) => answered.get(url) !== 'first half, second half');
    expect(cut).toEqual([]);
    expect(codes.filter((code) => code !== 0)).toEqual([]);
    expect(accepted.length).toBeGreaterThan(100);
  });
});
