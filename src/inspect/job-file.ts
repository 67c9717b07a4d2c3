import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** How an inspector is found by other programs of the same user. */
export interface InspectorJob {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  /** milliseconds since 1970 */
  readonly startedAt: number;
}

/** Writes the job file of this process, which only its user can read. @returns What removes it. */
export function writeJob(job: InspectorJob): () => void {
  const folder = jobFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = fileOf(job.pid);
  // The file of a dead process of the same id may have other rights.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(job)}\n`, { mode: 0o600, flag: 'wx' });
  const remove = (): void => {
    process.off('exit', remove);
    removeJob(job);
  };
  process.on('exit', remove);
  return remove;
}

/**
 * Removes a job file, unless another inspector has written it. A file that cannot be removed stays, because no app may
 * fail of it.
 */
export function removeJob({ pid, token }: InspectorJob): void {
  const file = fileOf(pid);
  try {
    if (readJob(file)?.token === token) rmSync(file, { force: true });
  } catch {
    // The folder is read-only by now. The command sees that nobody answers.
  }
}

/** Returns the jobs of live processes, in the order of their ids. Removes the files of dead ones. */
export function liveJobs(): InspectorJob[] {
  const jobs = filesIn(jobFolder()).flatMap((name) => {
    const file = path.join(jobFolder(), name);
    const job = readJob(file);
    if (job === undefined || `${job.pid}.json` !== name) return [];
    if (isAlive(job.pid)) return [job];
    rmSync(file, { force: true });
    return [];
  });
  return jobs.sort((a, b) => a.pid - b.pid);
}

/** Whether a process with this id runs. One of another user does, too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function jobFolder(): string {
  const state = process.env['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state');
  return path.join(state, 'signalbox');
}

function fileOf(pid: number): string {
  return path.join(jobFolder(), `${pid}.json`);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return []; // no inspector has run yet
  }
}

function readJob(file: string): InspectorJob | undefined {
  try {
    const job = JSON.parse(readFileSync(file, 'utf8')) as Partial<InspectorJob>;
    const { pid, url, token, startedAt } = job;
    const isJob = typeof pid === 'number' && typeof url === 'string' && URL.canParse(url) && typeof token === 'string';
    return isJob && typeof startedAt === 'number' ? { pid, url, token, startedAt } : undefined;
  } catch {
    return undefined; // it has just been removed, or somebody else wrote it
  }
}
