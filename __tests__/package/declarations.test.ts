import { describe, expect, it } from '@jest/globals';
import { packBeforeTests, type Project } from '../helpers/package.js';

const packed = packBeforeTests();

/** What a project may write whatever its `lib`: resolves with what it got. */
const program = `
import { ANY, Signal, SignalManager, values, type Connection, type SendResult } from 'signalbox';

export async function main(): Promise<string> {
  await using signals = new SignalManager({ name: 'app', onError: null });
  const saved = new Signal<{ id: number }, string>({ name: 'saved', manager: signals });
  const connection: Connection = saved.connect(({ id }, { keys }) => id.toFixed(1) + ' of ' + [...keys].join());
  using any = signals.connect(({ id }) => \`any \${id}\`, ANY);
  const results: SendResult<string>[] = await saved.send({ id: 7 }, { key: 'rome' });
  connection.disconnect();
  // @ts-expect-error -- a kwarg is missing
  const missing = () => saved.send({});
  // @ts-expect-error -- a string is no signal
  const refused = () => signals.connect(missing, 'saved');
  return [...values(results), connection.connected, any.connected, typeof refused].join('; ');
}
`;

const abort = `
import { Signal } from 'signalbox';

export const abortable = (signal: Signal<{ id: number }>, abortSignal: AbortSignal) => {
  // @ts-expect-error -- no AbortSignal
  signal.connect(() => undefined, { abortSignal: { aborted: true } });
  return signal.wait({ abortSignal }).then(({ context }) => context.abortSignal?.aborted);
};
`;

const bridge = `
import { Signal, SignalManager, farResults } from 'signalbox';
import { Bridge, memoryEngine, type Engine, type ShareOptions } from 'signalbox/bridge';
import { broadcastEngine } from 'signalbox/broadcast';

export async function bridged(manager: SignalManager, options: ShareOptions): Promise<string[]> {
  const engines: Engine[] = [memoryEngine(), broadcastEngine()];
  const saved = new Signal<{ id: number }>({ name: 'saved', manager });
  await using bridge = new Bridge(manager, engines[0] ?? memoryEngine(), { namespace: 'app' });
  await bridge.share(saved, { group: 'all', ...options });
  // @ts-expect-error -- no namespace
  const refused = () => new Bridge(manager, memoryEngine(), {});
  return farResults(await saved.send({ id: 7 })).map(({ node }) => node ?? typeof refused);
}
`;

const strictest = {
  target: 'ES2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  outDir: 'out',
  rootDir: '.',
};
const node = { module: 'NodeNext', moduleResolution: 'NodeNext' };
const bundler = { module: 'ESNext', moduleResolution: 'Bundler' };

async function typeScriptProject(name: string, options: object, files: readonly string[]): Promise<Project> {
  const project = await packed.installInto(name, { type: 'module' });
  project.link('@types/node');
  project.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strictest, ...options }, files }));
  project.write('main.mts', program);
  project.write('main.cts', program);
  project.write('abort.mts', abort);
  project.write('bridge.mts', bridge);
  return project;
}

describe('the declarations', () => {
  it('serve a node project, and what they promise is what runs', async () => {
    const options = { ...node, lib: ['ES2022'], types: ['node'] };
    const project = await typeScriptProject('node', options, ['main.mts', 'main.cts', 'abort.mts', 'bridge.mts']);
    expect(await project.compile()).toBe('');

    const seen = '7.0 of rome; any 7; false; true; function\n';
    expect(await project.node('--eval', "import('./out/main.mjs').then(({ main }) => main()).then(console.log)")).toBe(
      seen,
    );
    expect(await project.node('--eval', "require('./out/main.cjs').main().then(console.log)")).toBe(seen);
  });

  it('serve a browser project', async () => {
    const options = { ...bundler, lib: ['ES2022', 'DOM'], types: [] };
    const project = await typeScriptProject('browser', options, ['main.mts', 'abort.mts', 'bridge.mts']);
    expect(await project.compile()).toBe('');
  });

  it('serve a project that has neither the types of node nor those of the DOM', async () => {
    const options = { ...node, lib: ['ES2022'], types: [] };
    const project = await typeScriptProject('bare', options, ['main.mts', 'main.cts', 'bridge.mts']);
    expect(await project.compile()).toBe('');
  });
});
