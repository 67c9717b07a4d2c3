import { evaluateGoals } from './goals.mjs';
import { figure, goalResult, ratio, referenceOf, spread } from './words.mjs';

/** Prints one scenario: a line per contender, the fastest first, then the goals. */
export function printScenario(scenario, results, contenders) {
  const measured = results[scenario.id];
  console.log(`\n${scenario.title}`);
  for (const name of Object.keys(Object.values(measured)[0])) printFigure(name, measured, contenders);
  for (const goal of evaluateGoals(scenario, results, contenders)) {
    console.log(`    goal for ${contenders[goal.name].label}: ${goal.text} – ${goalResult(goal)}`);
  }
}

function printFigure(figureName, measured, contenders) {
  const reference = referenceOf(measured, contenders);
  const lines = Object.entries(measured)
    .map(([name, figures]) => ({ name, summary: figures[figureName] }))
    .sort((a, b) => a.summary.median - b.summary.median);
  for (const { name, summary } of lines) {
    const compared = reference ? ratio(summary.median / measured[reference][figureName].median) : '';
    const columns = [
      `  ${contenders[name].ours ? '▸' : ' '} ${contenders[name].label}`.padEnd(36),
      figure(summary.median).padStart(12),
      ` ${figureName}`.padEnd(11),
      spread(summary).padStart(8),
      compared.padStart(10),
    ];
    console.log(columns.join(''));
  }
}
