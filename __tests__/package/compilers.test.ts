import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { packBeforeTests, root, type Project } from '../helpers/package.js';

/*
 * The declarations, compiled with each version of TypeScript that the package promises to work with: the least one, the
 * last one of version 5, the one of this repository, and version 7. `npm ci --prefix __tests__/package/compilers`
 * installs them.
 */

const packed = packBeforeTests();
const installed = path.join(root, '__tests__/package/compilers/node_modules');
const describeIfInstalled = existsSync(installed) || process.env['CI'] !== undefined ? describe : describe.skip;

const program = `
import {
  ANY, RECEIVER_CONNECTED, Signal, SignalManager, connect, send, values,
  type Connection, type ConnectOptions, type SendOptions, type SendResult, type SignalToken,
} from 'signalbox';
import { SignalBus, topic } from 'signalbox/bus';
import { Bridge } from 'signalbox/bridge';
import { memoryEngine } from 'signalbox/memory';

const manager = new SignalManager({ name: 'app', onError: null });
export const saved = new Signal<{ id: number; email: string }, string>({ name: 'saved', manager });
export const noted = new Signal<{ row: string }, void>({ manager });
export const listening = new Signal({ defaults: { port: 80 } });
const token: SignalToken = Symbol('token');
const rows: string[] = [];

export class Mailer {
  @saved.connectVia({ weak: true })
  onSaved({ email }: { email: string }): string {
    return email;
  }
  // @ts-expect-error -- a result that does not fit
  @saved.connectVia()
  onWrong({ id }: { id: number }): number {
    return id;
  }
}

export async function main(): Promise<string[]> {
  await using own = new SignalManager();
  using connection: Connection = saved.connect(({ id }) => id.toFixed(), { keys: ['a', null], senders: new Set([own]) });
  using observed = manager.connect(({ signal }) => String(signal), [RECEIVER_CONNECTED]);
  noted.connect(({ row }) => rows.push(row));
  manager.connect((kwargs, context) => own.send(token, kwargs, { keys: context.keys }), ANY);
  connect(({ anything }) => anything, token);
  await send(token, { anything: 1 });
  void listening.send();
  const results: SendResult<string>[] = await saved.send({ id: 1, email: 'a@b' }, { key: 'a' });
  for await (const { kwargs } of saved.stream({ limit: 1 })) return [kwargs.email];
  const bus = new SignalBus({ manager });
  bus.subscriber(topic<string>('rows'), (row) => row.length);
  await new Bridge(manager, memoryEngine(), { namespace: 'app' }).share(saved);
  return [...values(results), typeof observed, typeof connection];
}

export function refused(options: SendOptions & ConnectOptions): void {
  // @ts-expect-error -- a string is read letter by letter
  saved.connect(() => '', { keys: 'docs' });
  // @ts-expect-error -- the same for senders
  saved.connect(() => '', { senders: 'x' });
  // @ts-expect-error -- undefined is no key
  saved.connect(() => '', { keys: [undefined] });
  // @ts-expect-error -- ANY is not sent
  void manager.send(ANY, {});
  // @ts-expect-error -- undefined is not "left out"
  manager.mute(undefined);
  // @ts-expect-error -- undefined is not "left out"
  manager.disconnectAll(undefined);
  // @ts-expect-error -- another result
  saved.connect(({ id }) => id);
  // @ts-expect-error -- another result, decorated
  saved.connectVia()(({ id }) => id);
  // @ts-expect-error -- another kwarg
  manager.connectVia(saved)(({ id }: { id: string }) => id);
  // @ts-expect-error -- fewer kwargs
  const fewer: Signal<{ id: number }, string> = saved;
  // @ts-expect-error -- a wider result
  const wider: Signal<{ id: number; email: string }> = saved;
  const any: Signal<any, any, any> = listening;
  // @ts-expect-error -- a kwarg is missing
  void saved.send({ id: 1 }, options);
  void [fewer, wider, any];
}

// Each option may be undefined, also under exactOptionalPropertyTypes.
const left = undefined;
const filter = { sender: left, senders: left, key: left, keys: left };
saved.connect(() => '', { ...filter, weak: left, thisArg: left, once: left, priority: left, uid: left, abortSignal: left });
void saved.send({ id: 1, email: '' }, { ...filter, timeoutMs: left, abortSignal: left, expected: left, reverse: left });
void saved.wait({ ...filter, timeoutMs: left, abortSignal: left, where: left, rejectOn: left });
saved.stream({ ...filter, abortSignal: left, where: left, limit: left, overflow: left });
new SignalManager({ name: left, onError: left });
new Signal({ name: left, manager: left, sticky: left });
`;

const resolutions = {
  node10: { module: 'CommonJS', moduleResolution: 'Node' },
  node16: { module: 'Node16', moduleResolution: 'Node16' },
  bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
};
const strict = {
  target: 'ES2022',
  lib: ['ES2022', 'DOM'],
  types: [],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  declaration: true,
};

/** The compiler's path, and how it may find the package: node10 is deprecated in 6 and gone in 7. */
const compilers = [
  ['5.2', path.join(installed, 'typescript-5.2'), ['node10', 'node16', 'bundler']],
  ['5.9', path.join(installed, 'typescript-5.9'), ['node10', 'node16', 'bundler']],
  ['6', path.join(root, 'node_modules/typescript'), ['node16', 'bundler']],
  ['7', path.join(installed, 'typescript-7'), ['node16', 'bundler']],
] as const;

describeIfInstalled('the declarations compile a strict program', () => {
  let project: Project;

  beforeAll(async () => {
    project = await packed.installInto('compilers', {});
    project.write('main.ts', program);
    for (const [name, options] of Object.entries(resolutions)) {
      const exact = { ...strict, ...options, exactOptionalPropertyTypes: true };
      project.write(`${name}.json`, JSON.stringify({ compilerOptions: { ...strict, ...options }, files: ['main.ts'] }));
      project.write(`${name}-exact.json`, JSON.stringify({ compilerOptions: exact, files: ['main.ts'] }));
    }
  });

  it.each(compilers)('with TypeScript %s', async (_version, compiler, names) => {
    for (const name of names.flatMap((each) => [each, `${each}-exact`])) {
      expect({ name, complaints: await project.compile(compiler, `${name}.json`) }).toEqual({ name, complaints: '' });
    }
  });
});
