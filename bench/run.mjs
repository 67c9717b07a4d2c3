// npm run bench                       every group
// npm run bench -- emit,send          some groups, or single scenarios by their ids
//   --rounds 15                       15 rounds in place of 7
//   --contenders signalbox,raw-array  only these contenders
//   --before ../old/dist/index.js     another build of the core beside this one
//   --node 24                         on this major version of Node, in place of the one that runs the script
//   --also 20,26                      after each group, what its goals compare on these versions, too
// Writes bench/README.md after a whole group with all contenders, five rounds or more, and the core as just built.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { neededForGoals } from './goals.mjs';
import { install } from './install.mjs';
import { BEFORE, measureScenario, tryOutContender, withBefore } from './runner.mjs';
import { chooseScenarios } from './scenarios/find.mjs';
import { startServer } from './servers.mjs';
import { majorOf, nameOf, nodeOf, thisNode } from './versions.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    contenders: { type: 'string' },
    before: { type: 'string' },
    node: { type: 'string' },
    also: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const only = options.contenders?.split(',');
const before = options.before && resolve(options.before);
const chosen = orExit(() => chooseScenarios(positionals.flatMap((words) => words.split(','))));
const mainNode = options.node ? orExit(() => nodeOf(options.node)) : thisNode;
const otherNodes = (options.also?.split(',') ?? []).map((major) => orExit(() => nodeOf(major)));

const here = new URL('.', import.meta.url);
if (!existsSync(new URL('node_modules', here))) install(here);
// Imported here, because they need the packages that have just been installed.
const { build, keptFrom, machine, mapValues, mediansOf, readResults, summarise, versionOf, writeResults } =
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

/** Starts the message servers that are needed. Leaves out scenarios whose server is missing, and unwanted contenders. */
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
    .map((one) => ({ ...one, scenarios: one.scenarios.filter(possible).map(withContenders) }))
    .filter(({ scenarios }) => scenarios.length > 0);
}

async function measureGroup(group, scenarios, written) {
  const results = readResults();
  await meet(new Set(scenarios.flatMap(({ contenders }) => contenders)), results.contenders);
  const run = { ...machine(mainNode), build: build(mainNode), rounds };
  const { earlier, also } = keptFrom(results.groups[group], run.build);
  const measured = await measureAll(scenarios, mainNode, results.contenders);
  const needed = neededForGoals(scenarios, results.contenders);
  for (const other of needed.length > 0 ? otherNodes : []) {
    const { date, node } = machine(other);
    console.log(`\nThe goals on ${nameOf(node)}`);
    const figures = await measureAll(needed, other, results.contenders);
    also[majorOf(node)] = { date, node, scenarios: mediansOf(figures) };
  }
  results.groups[group] = { ...run, scenarios: measured, earlier, also };
  if (!written) return;
  await writeResults(results);
  writePictures(results);
  await writeReport(results);
  await writeSpeedTable(results);
}

/** Returns the figures of all rounds, summarised, and prints them. */
async function measureAll(scenarios, node, known) {
  const measured = {};
  for (const scenario of scenarios) {
    const figures = await measureScenario(scenario, { rounds, node, before });
    measured[scenario.id] = mapValues(figures, (one) => mapValues(one.figures, summarise));
    printScenario(scenario, measured, known);
  }
  return measured;
}

/** Returns the result. Ends this process if a name on the command line is unknown. */
function orExit(choose) {
  try {
    return choose();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

function withContenders(scenario) {
  const contenders = scenario.contenders.filter((name) => !only || only.includes(name));
  return { ...scenario, contenders: before ? withBefore(contenders) : contenders };
}

/** Records each contender, its version, and what it does when receivers fail, leave or join during a send. */
async function meet(names, known) {
  for (const name of names) {
    const { about, answers } = await tryOutContender(name, { node: mainNode, before });
    const isBefore = name.endsWith(BEFORE);
    const label = isBefore ? `${about.label}, before` : about.label;
    known[name] = { ...about, label, ours: about.ours && !isBefore, version: versionOf(about), answers };
  }
}
