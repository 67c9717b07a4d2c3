import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';

// Reads facts of other processes from the system: from files on Linux, by commands on other systems.

const SIGUSR1 = 10;
const DEFAULT_PORT = 9_229;
const LISTENING = '0A';

/** Options of Node whose value is the next argument. */
const HAS_VALUE = /^(?:-[rCep]|-pe|--(?:require|import|loader|experimental-loader|conditions|eval|print))$/;

/** The port on which the process opens V8's inspector, by its NODE_OPTIONS and its arguments before the script. */
export function v8PortOf(pid: number): number {
  const [, ...args] = commandLineOf(pid);
  const isLast = (arg: string, index: number): boolean =>
    arg === '--' || (!arg.startsWith('-') && !HAS_VALUE.test(args[index - 1] ?? ''));
  const end = args.findIndex(isLast);
  const options = [...nodeOptionsOf(pid), ...args.slice(0, end === -1 ? args.length : end)];
  const ports = options.flatMap((each) => /^--inspect(?:-brk|-wait|-port)?=(?:.*:)?(\d+)$/.exec(each)?.[1] ?? []);
  return Number(ports.at(-1) ?? 0) || DEFAULT_PORT;
}

/** Whether something listens on the port of this host. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

/** Whether it is this process that listens on the port. */
export function hasPort(pid: number, port: number): boolean {
  if (process.platform !== 'linux') {
    return runCommand('lsof', ['-nPt', '-a', '-p', String(pid), `-iTCP:${port}`, '-sTCP:LISTEN']) !== '';
  }
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => socketsIn(readText(`/proc/${pid}/net/${table}`), port)));
  return openFilesOf(pid).some((file) => sockets.has(file));
}

/** Whether SIGUSR1 would not end the process: Node waits for it, and opens V8's inspector. */
export function handlesSigusr1(pid: number): boolean {
  if (process.platform !== 'linux') return /\bnode\b/.test(commandLineOf(pid).join(' '));
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? '0';
  return ((BigInt(`0x${caught}`) >> BigInt(SIGUSR1 - 1)) & 1n) === 1n;
}

function commandLineOf(pid: number): string[] {
  if (process.platform !== 'linux')
    return runCommand('ps', ['-p', String(pid), '-o', 'args='])
      .trim()
      .split(/\s+/);
  return readText(`/proc/${pid}/cmdline`).replace(/\0$/, '').split('\0');
}

/** Only Linux tells the environment of another process. */
function nodeOptionsOf(pid: number): string[] {
  const options = /(?:^|\0)NODE_OPTIONS=([^\0]*)/.exec(readText(`/proc/${pid}/environ`))?.[1] ?? '';
  return options.split(/\s+/);
}

/** The names that the sockets listening on the port have among the open files of their process. */
function socketsIn(table: string, port: number): string[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , status, , , , , , inode] = line.trim().split(/\s+/);
    const isIt = status === LISTENING && parseInt(local?.split(':')[1] ?? '', 16) === port;
    return isIt ? [`socket:[${inode}]`] : [];
  });
}

function openFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(`${folder}/${name}`)];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // the process has ended, or belongs to another user
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function runCommand(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
