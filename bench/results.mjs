// What was measured, kept in results.json: a run of some groups replaces those and leaves the others.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { format } from 'prettier';

const file = new URL('results.json', import.meta.url);

/** @returns {{ contenders: Record<string, object>, groups: Record<string, object> }} */
export const readResults = () =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { contenders: {}, groups: {} };

export async function writeResults(results) {
  writeFileSync(file, await format(JSON.stringify(results), { parser: 'json', printWidth: 120 }));
}

/** Median, and the lowest and highest round. */
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

export function machine() {
  const [{ model }, ...others] = os.cpus();
  return {
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    cpu: `${model.trim()} × ${others.length + 1}`,
    system: `${os.type()} ${os.arch()}`,
    load: rounded(os.loadavg()[0]),
  };
}

/** The version of what a contender measures: of a package, or of node itself. */
export function versionOf(about) {
  if (!about.package) return undefined;
  const path = about.ours ? '../package.json' : `node_modules/${about.package}/package.json`;
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;
}
