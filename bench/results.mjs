// The figures in results.json. A run of some groups replaces these and leaves the others.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { thisNode } from './versions.mjs';

const file = new URL('results.json', import.meta.url);

/** The number of runs of one build that are kept: the latest whole, the others by their medians. */
export const RUNS_KEPT = 3;

/** @returns {{ contenders: Record<string, object>, groups: Record<string, object>, watching?: object, inspector?: object }} */
export const readResults = () =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { contenders: {}, groups: {} };

export async function writeResults(results) {
  writeFileSync(file, await format(JSON.stringify(results), { parser: 'json', printWidth: 120 }));
}

/** Returns the median, and the lowest and highest round. */
export function summarise(rounds) {
  const sorted = [...rounds].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
  return {
    median: rounded(median),
    low: rounded(sorted[0]),
    high: rounded(sorted.at(-1)),
    rounds: rounds.map(rounded),
  };
}

const rounded = (value) => Number(value.toPrecision(4));

export function machine({ version, v8 } = thisNode) {
  const [{ model }, ...others] = os.cpus();
  return {
    date: new Date().toISOString(),
    node: version,
    v8,
    cpu: `${model.trim()} × ${others.length + 1}`,
    system: `${os.type()} ${os.arch()}`,
    load: rounded(os.loadavg()[0]),
  };
}

/** Returns a hash that differs for another build of the library, other contenders, other scenarios or another Node. */
export function build({ version }) {
  const hash = createHash('sha256').update(version);
  for (const folder of ['../dist', 'scenarios', 'contenders', 'package-lock.json']) {
    for (const file of scriptsIn(fileURLToPath(new URL(folder, import.meta.url)))) hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

function scriptsIn(folder) {
  if (!statSync(folder).isDirectory()) return [folder];
  const names = readdirSync(folder, { recursive: true }).filter((name) => /\.m?js$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

/**
 * Returns what stays if the last run measured the same build: the medians of the runs right before this one, the latest
 * first, and those that other versions of Node reached, by their major versions.
 */
export function keptFrom(last, thisBuild) {
  if (last?.build !== thisBuild) return { earlier: [], also: {} };
  const { date, load, scenarios, earlier, also } = last;
  const runs = [{ date, load, scenarios: mediansOf(scenarios) }, ...earlier];
  return { earlier: runs.slice(0, RUNS_KEPT - 1), also: { ...also } };
}

export const mediansOf = (scenarios) =>
  mapValues(scenarios, (contenders) =>
    mapValues(contenders, (figures) => mapValues(figures, ({ median }) => ({ median }))),
  );

export function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** Returns the version of a contender's package; undefined for contenders without one. */
export function versionOf(about) {
  if (!about.package) return undefined;
  const path = about.ours ? '../package.json' : `node_modules/${about.package}/package.json`;
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;
}
