import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { requireBuild, root } from '../helpers/package.js';

export interface Exit {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** An example that runs as a program of its own, as a user would start it. */
export class ExampleProcess {
  /** all that it has printed so far */
  readonly lines: string[] = [];
  readonly exit: Promise<Exit>;

  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  /** @param file - Its path under `examples/`, as compiled. */
  constructor(file: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) {
    requireBuild();
    requireCompiled(path.join(root, 'examples', file));
    const child = spawn(process.execPath, [path.join('examples', file), ...args], {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    createInterface(child.stdout).on('line', (line) => {
      this.lines.push(line);
      for (const look of this.#waiting) look();
    });
    this.exit = Promise.all([once(child, 'close'), text(child.stderr)]).then(([[exitCode], stderr]) => ({
      exitCode: exitCode as number | null,
      lines: this.lines,
      stderr,
    }));
  }

  /** Resolves with the match when it has printed such a line; rejects when it ends without. */
  async lineMatching(pattern: RegExp): Promise<RegExpExecArray> {
    const printed = new Promise<RegExpExecArray>((resolve) => {
      const look = (): void => {
        const match = this.lines.map((line) => pattern.exec(line)).find((found) => found !== null);
        if (match === undefined) return;
        this.#waiting.delete(look);
        resolve(match);
      };
      this.#waiting.add(look);
      look();
    });
    const ended = this.exit.then((exit): never => {
      throw new Error(`${String(pattern)} was not printed, but:\n${exit.lines.join('\n')}\n${exit.stderr}`);
    });
    return Promise.race([printed, ended]);
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** For the end of a test, passed or failed: nothing keeps running. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Throws unless the examples were compiled as they are. */
function requireCompiled(file: string): void {
  const sources = readdirSync(path.join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((source) => source.endsWith('.ts'))
    .map((source) => path.join(root, 'examples', source));
  const stale = sources.find((source) => modifiedMs(source.replace(/\.ts$/, '.js')) < modifiedMs(source));
  if (stale !== undefined) throw new Error(`${stale} is not compiled as it is: \`npm run build:examples\` first`);
  if (!existsSync(file)) throw new Error(`There is no ${file}`);
}

function modifiedMs(file: string): number {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}
