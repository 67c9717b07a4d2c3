import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InspectorSnapshot } from 'signalbox/inspect';
import { requireBuild, root } from '../helpers/package.js';

requireBuild();

const CLI = path.join(root, 'dist/cli.js');
const APP = path.join(root, '__tests__/inspect/fixtures/app.mjs');
const APP_WITH_WORKER = path.join(root, '__tests__/inspect/fixtures/app-with-worker.mjs');

let folder: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'signalbox-cli-'));
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(root, path.join(folder, 'node_modules/signalbox'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = () => ({ ...process.env, XDG_STATE_HOME: path.join(folder, 'state') });

/** Runs the command. */
const cli = (...args: readonly string[]) => cliAs({}, args);

async function cliAs(user: { readonly uid?: number }, args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { env: env(), ...user });
  const output = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (output.out += String(data)));
  child.stderr.on('data', (data: Buffer) => (output.err += String(data)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

/** Starts a program and waits until it has printed something. */
async function started(args: readonly string[], cwd = folder) {
  const child = spawn(process.execPath, args, { cwd, env: env(), stdio: 'pipe' });
  children.push(child);
  const errors: string[] = [];
  child.stderr.on('data', (data: Buffer) => errors.push(String(data)));
  await once(child.stdout, 'data');
  return { pid: String(child.pid), child, errors };
}

/** A user with no rights over processes of root. */
const nobody = { uid: 65_534 };
/** Whether these tests may run as that user, which takes root, and the user may read the command. */
const canBeNobody = spawnSync('test', ['-r', CLI], nobody).status === 0;

const isOpen = async (port: number) => fetch(`http://127.0.0.1:${port}/json/version`).then(Boolean, () => false);

describe('the command (I18)', () => {
  it.each([
    [[]],
    [['inspects']],
    [['inspect', 'x']],
    [['inspect', '0']],
    [['inspect', '--snapshot']],
    [['inspect', '1', '2']],
  ])('refuses bad arguments with its usage: %j', async (args) => {
    const { code, out, err } = await cli(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: signalbox inspect');
  });

  it('says its usage when it is asked to', async () => {
    expect(await cli('--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage:') });
  });

  it('cannot enter a process that does not exist', async () => {
    expect(await cli('inspect', '99999999')).toEqual({ code: 1, out: '', err: 'signalbox: no process 99999999\n' });
  });

  (canBeNobody ? it : it.skip)('has no permission to enter a process of another user (I19)', async () => {
    const { pid, child } = await started([APP]);
    expect(await cliAs(nobody, ['inspect', pid])).toEqual({
      code: 1,
      out: '',
      err: `signalbox: no permission to enter process ${pid}\n`,
    });
    expect(await isOpen(9_229)).toBe(false);
    expect(child.exitCode).toBeNull();
  });

  it('removes the job files of dead processes (I20)', async () => {
    const file = path.join(folder, 'state/signalbox/99999998.json');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ pid: 99999998, url: 'http://127.0.0.1:1/#x', token: 'x', startedAt: 1 }));
    expect(await cli('inspect')).toEqual({ code: 0, out: '', err: '' });
    expect(existsSync(file)).toBe(false);
  });
});

describe('a job file of a dead process whose id another process has (I18, I20)', () => {
  it('is removed, and the process is entered', async () => {
    const { pid } = await started([APP]);
    const file = path.join(folder, `state/signalbox/${pid}.json`);
    mkdirSync(path.dirname(file), { recursive: true });
    const write = () =>
      writeFileSync(file, JSON.stringify({ pid: Number(pid), url: 'http://127.0.0.1:1/#x', token: 'x', startedAt: 1 }));
    write();
    expect(await cli('inspect')).toEqual({ code: 0, out: '', err: '' });
    expect(existsSync(file)).toBe(false);
    write();
    expect(await cli('inspect', pid)).toEqual({ code: 0, err: '', out: expect.stringMatching(/#[\w-]{32}\n$/) });
  });
});

describe('a process that was not prepared (I19)', () => {
  it('is entered once, shows what it does, and is left', async () => {
    const { pid } = await started([APP]);
    const first = await cli('inspect', pid);
    expect(first).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{32}\n$/),
    });
    expect(await isOpen(9_229)).toBe(false);
    expect(await cli('inspect', pid)).toEqual(first);
    expect(await cli('inspect')).toMatchObject({ code: 0, out: `${pid} ${first.out}` });

    const { out } = await cli('inspect', pid, '--snapshot');
    const snapshot = JSON.parse(out) as InspectorSnapshot;
    expect(snapshot).toMatchObject({ version: 1, pid: Number(pid), managers: [{ name: 'app' }] });
    const [row] = snapshot.signals;
    expect(row).toMatchObject({ name: 'tick', receivers: [{ name: 'fail', lastFailure: { name: 'RangeError' } }] });

    expect(await cli('inspect', pid, '--close')).toEqual({ code: 0, out: '', err: '' });
    expect(await cli('inspect')).toMatchObject({ code: 0, out: '' });
    expect(await cli('inspect', pid, '--close')).toEqual({
      code: 1,
      out: '',
      err: `signalbox: no inspector runs in process ${pid}\n`,
    });
  });

  it('keeps its open V8 inspector', async () => {
    const { pid } = await started(['--inspect=127.0.0.1:9341', APP]);
    expect((await cli('inspect', pid)).code).toBe(0);
    expect(await isOpen(9_341)).toBe(true);
  });

  it.each<[string, readonly string[], string, number]>([
    ['NODE_OPTIONS', [APP], '--inspect-port=9342', 9_342],
    ['an option after others', ['--require', 'node:fs', '--inspect-port=127.0.0.1:9343', APP], '', 9_343],
    ['no argument of the app', [APP, '--inspect-port=9344'], '', 9_229],
    ['no argument after --', ['--', APP, '--inspect-port=9345'], '', 9_229],
  ])('is entered at the port of V8 that it has by %s', async (_what, args, options, port) => {
    process.env['NODE_OPTIONS'] = options;
    const { pid } = await started(args).finally(() => delete process.env['NODE_OPTIONS']);
    expect(await cli('inspect', pid)).toMatchObject({ code: 0, err: '' });
    expect(await isOpen(port)).toBe(false);
  });

  it('stays as it was if it has no signalbox', async () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), 'signalbox-none-'));
    writeFileSync(path.join(elsewhere, 'app.cjs'), "console.log('ready'); setInterval(() => {}, 1_000);");
    const { pid } = await started([path.join(elsewhere, 'app.cjs')], elsewhere);
    expect(await cli('inspect', pid)).toEqual({
      code: 1,
      out: '',
      err: `signalbox: signalbox cannot be found from the main module or the working directory of process ${pid}\n`,
    });
    expect(await isOpen(9_229)).toBe(false);
    process.kill(Number(pid), 0);
    rmSync(elsewhere, { recursive: true });
  });

  it('is not signalled if it would end it', async () => {
    const child = spawn('sleep', ['60']);
    children.push(child);
    const { code, err } = await cli('inspect', String(child.pid));
    expect([code, err]).toEqual([1, `signalbox: process ${child.pid} is not a Node process that takes SIGUSR1\n`]);
    expect(child.exitCode).toBeNull();
  });

  it('is given up while it is busy, and gets no inspector later', async () => {
    const { pid } = await started([APP, 'busy']);
    expect(await cli('inspect', pid)).toEqual({
      code: 1,
      out: '',
      err: 'signalbox: the process is busy and does not answer\n',
    });
    expect(await cli('inspect')).toMatchObject({ code: 0, out: '' });
  });

  it('is not entered while another process has the port of V8', async () => {
    const requests: string[] = [];
    const other = createServer((request, response) => {
      requests.push(String(request.url));
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(9_229, '127.0.0.1', resolve));
    try {
      const { pid } = await started([APP]);
      expect(await cli('inspect', pid)).toEqual({
        code: 1,
        out: '',
        err: `signalbox: port 9229, which process ${pid} needs, belongs to another process\n`,
      });
      expect(requests).toEqual([]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});

describe('a process that is started with it (I21)', () => {
  it('shows where its receivers are connected', async () => {
    const { pid, errors } = await started(['--import', 'signalbox/inspect/auto', APP]);
    const { out } = await cli('inspect', pid, '--snapshot');
    const { signals } = JSON.parse(out) as InspectorSnapshot;
    expect(signals[0]?.receivers[0]?.site).toBe(`${APP}:6:9`);
    expect(errors.join('')).toMatch(/^signalbox inspector: http:\/\/127\.0\.0\.1:\d+\/#/);
  });

  it('has an inspector in each thread, of which the job file tells the main one (I14, I20)', async () => {
    const file = (pid: string) => readFileSync(path.join(folder, `state/signalbox/${pid}.json`), 'utf8');
    process.env['SIGNALBOX_INSPECT_PORT'] = '9346';
    const { pid, child, errors } = await started(['--import', 'signalbox/inspect/auto', APP_WITH_WORKER]);
    delete process.env['SIGNALBOX_INSPECT_PORT'];
    const before = file(pid);
    expect((JSON.parse(before) as { url: string }).url).toMatch(/^http:\/\/127\.0\.0\.1:9346\/#/);
    child.stdin.end();
    await once(child.stdout, 'data');
    expect(file(pid)).toBe(before);
    expect(errors.join('').match(/^signalbox inspector: http:\/\/127\.0\.0\.1:\d+\/#/gm)).toHaveLength(2);
  });

  it('runs all the same if its port is none', async () => {
    process.env['SIGNALBOX_INSPECT_PORT'] = 'web';
    const { errors } = await started(['--import', 'signalbox/inspect/auto', APP]);
    delete process.env['SIGNALBOX_INSPECT_PORT'];
    expect(errors.join('')).toContain('signalbox inspector: RangeError: Expected `port` to be a whole number');
  });
});
