// Runs one contender on one scenario for a number of operations; `instructions.mjs` counts the instructions.
import { argv, exit } from 'node:process';
import { findScenario } from './scenarios/find.mjs';

const [, , contenderFile, scenarioId, operations] = argv;

const contender = await import(`./contenders/${contenderFile}.mjs`);
const { run } = findScenario(scenarioId).prepare(contender);
for (let i = 0; i < 20; i++) await run(10_000); // until it is compiled
await run(Number(operations));
exit();
