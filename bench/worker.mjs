// Runs one contender on one scenario in a process of its own. Answers every message with the figures of one round.
import { findScenario } from './scenarios/find.mjs';

const [, , contenderFile, scenarioId] = process.argv;

const contender = await import(`./contenders/${contenderFile}.mjs`);
const { warmUp, measure } = await findScenario(scenarioId).prepare(contender);
await warmUp();

process.on('message', async () => process.send({ figures: await measure() }));
process.on('disconnect', () => process.exit());
process.send({ about: contender.about });
