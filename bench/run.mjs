// npm run bench                       every group
// npm run bench -- emit,send          some groups, or single scenarios by their ids
//   --rounds 15                       15 rounds in place of 7
//   --contenders signalbox,raw-array  only these contenders
//   --before ../old/dist/index.js     another build of the core beside this one
// Writes bench/README.md after a whole group with all contenders, five rounds or more, and the core as just built.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BEFORE, measureScenario, tryOutContender, withBefore } from './runner.mjs';
import { chooseScenarios } from './scenarios/find.mjs';
import { startServer } from './servers.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    contenders: { type: 'string' },
    before: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const only = options.contenders?.split(',');
const before = options.before && resolve(options.before);
const chosen = chosenOrExit(positionals.flatMap((words) => words.split(',')));

installPeers();
// Imported here, because they need the packages that have just been installed.
const { build, earlierRuns, machine, mapValues, readResults, summarise, versionOf, writeResults } =
  await import('./results.mjs');
const { printScenario } = await import('./report-terminal.mjs');
const { writePictures } = await import('./pictures.mjs');
const { writeReport } = await import('./report.mjs');
const { writeSpeedTable } = await import('./readme-speed.mjs');

const complete = !only && !before && rounds >= 5 && !process.env['BENCH_CORE'];
const stopServers = [];
try {
  for (const { group, scenarios, whole } of await withServers(chosen)) {
    await measureGroup(group, scenarios, whole && complete);
  }
} finally {
  for (const stop of stopServers) await stop();
}

/** Starts the message servers that are needed. Leaves out the scenarios whose server is not installed. */
async function withServers(groups) {
  const started = new Set();
  for (const server of new Set(groups.flatMap(({ scenarios }) => scenarios.flatMap((one) => one.server ?? [])))) {
    const stop = await startServer(server);
    if (!stop) continue;
    started.add(server);
    stopServers.push(stop);
  }
  const possible = ({ server }) => !server || started.has(server);
  return groups
    .map((one) => ({ ...one, scenarios: one.scenarios.filter(possible) }))
    .filter(({ scenarios }) => scenarios.length > 0);
}

async function measureGroup(group, scenarios, written) {
  const results = readResults();
  await meet(new Set(scenarios.flatMap(contendersOf)), results.contenders);
  const run = { ...machine(), build: build(), rounds, scenarios: {} };
  const measured = (results.groups[group] = { ...run, earlier: earlierRuns(results.groups[group], run.build) });
  for (const scenario of scenarios) {
    const contenders = contendersOf(scenario);
    const figures = await measureScenario(scenario, { rounds, contenders, before });
    measured.scenarios[scenario.id] = mapValues(figures, (one) => mapValues(one.figures, summarise));
    printScenario(scenario, measured.scenarios, results.contenders);
  }
  if (!written) return;
  await writeResults(results);
  writePictures(results);
  await writeReport(results);
  await writeSpeedTable(results);
}

function chosenOrExit(words) {
  try {
    return chooseScenarios(words);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

function contendersOf(scenario) {
  const contenders = scenario.contenders.filter((name) => !only || only.includes(name));
  return before ? withBefore(contenders) : contenders;
}

/** Records each contender, its version, and what it does when receivers fail, leave or join during a send. */
async function meet(names, known) {
  for (const name of names) {
    const { about, answers } = await tryOutContender(name, before);
    const isBefore = name.endsWith(BEFORE);
    const label = isBefore ? `${about.label}, before` : about.label;
    known[name] = { ...about, label, ours: about.ours && !isBefore, version: versionOf(about), answers };
  }
}

function installPeers() {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  if (existsSync(`${folder}node_modules`)) return;
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
