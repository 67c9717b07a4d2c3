import { afterAll, beforeAll } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(__dirname, '../..');

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without what npm and jest put into the environment. */
export function run(file: string, args: readonly string[], cwd: string): Promise<Run> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|FORCE_COLOR$)/i.test(name));
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: Object.fromEntries(inherited) }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}

/** As `run`, for what has to succeed: what it printed. */
export async function output(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(file, args, cwd);
  if (exitCode !== 0) throw new Error(`${path.basename(file)} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** The names in `entries.mjs`, which jest can't import. */
export async function entryNames(): Promise<string[]> {
  const code = "import('./entries.mjs').then(({ entries }) => console.log(JSON.stringify(Object.keys(entries))))";
  return JSON.parse(await output(process.execPath, ['--eval', code], root)) as string[];
}

/** Throws unless `dist/` is there and was built from the sources as they are. */
export function requireBuild(): void {
  const built = path.join(root, 'dist/index.d.cts');
  const builtMs = existsSync(built) ? statSync(built).mtimeMs : 0;
  const newestMs = Math.max(
    ...readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).map(
      (file) => statSync(path.join(root, 'src', file)).mtimeMs,
    ),
  );
  if (builtMs < newestMs)
    throw new Error('This tests `dist/`, which is missing or older than `src/`: `npm run build` first');
}

/** Packs the package before the tests of a file run, and removes what came of it after them. */
export function packBeforeTests(): PackedPackage {
  requireBuild();
  const packed = new PackedPackage();
  beforeAll(() => packed.pack());
  afterAll(() => packed.remove());
  return packed;
}

/** The package as npm would publish it, installed into projects of its own under a temporary folder. */
class PackedPackage {
  #folder = '';
  #tarball = '';

  async pack(): Promise<void> {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'signalbox-'));
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', this.#folder];
    const [packed] = JSON.parse(await output('npm', args, root)) as [{ readonly filename: string }];
    this.#tarball = path.join(this.#folder, packed.filename);
  }

  /** A new project that has nothing but this package; `manifest` is added to its package.json. */
  async installInto(name: string, manifest: Readonly<Record<string, unknown>> = {}): Promise<Project> {
    const folder = path.join(this.#folder, name);
    mkdirSync(folder);
    const project = new Project(folder);
    project.write('package.json', JSON.stringify({ name, version: '1.0.0', ...manifest }));
    await output('npm', ['install', '--offline', '--no-audit', '--no-fund', this.#tarball], folder);
    return project;
  }

  remove(): void {
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Somebody's project that uses the package. */
export class Project {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  write(file: string, text: string): void {
    const target = path.join(this.folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  /** Makes a development dependency of ours, such as `@types/node`, one of the project's. */
  link(dependency: string): void {
    const target = path.join(this.folder, 'node_modules', dependency);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', dependency), target);
  }

  /** What `node <args>` prints. */
  node(...args: readonly string[]): Promise<string> {
    return output(process.execPath, args, this.folder);
  }

  /** Compiles with a package of TypeScript by one of the project's configurations; what the compiler has to say. */
  async compile(
    compiler = path.join(root, 'node_modules/typescript'),
    configuration = 'tsconfig.json',
  ): Promise<string> {
    const args = [path.join(compiler, 'bin/tsc'), '--pretty', 'false', '--project', configuration];
    const { stdout } = await run(process.execPath, args, this.folder);
    return stdout;
  }
}
