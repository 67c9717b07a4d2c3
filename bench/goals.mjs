// A goal limits our figure to a multiple of another figure of the same run.

/** At most `factor` times as long (or as large) as `contender`. */
export const atMost = (factor, contender) => ({
  factor,
  contender,
  say: (other) => (factor === 1 ? `no more than ${other}` : `at most ${factor} × ${other}`),
});

/** At least `times` times as fast as `contender`. */
export const timesFaster = (times, contender) => ({
  factor: 1 / times,
  contender,
  say: (other) => `${times} × faster than ${other}`,
  sayReached: (reached) => `${(1 / reached).toPrecision(3)} × faster`,
});

export const fasterThan = (contender) => ({ factor: 1, contender, say: (other) => `faster than ${other}` });

/** At most `factor` times our own figure in another scenario of the group. */
export const atMostOwn = (factor, scenarioId, words) => ({
  factor,
  scenarioId,
  say: () => `at most ${factor} × ${words}`,
});

/** The goal for one of our contenders; without it, a goal is for all of them. */
export const onlyFor = (ours, goal) => ({ ...goal, ours });

/**
 * @param {object} scenario - with its `goals`
 * @param {Record<string, Record<string, object>>} results - scenario id → contender → its figures
 * @param {Record<string, { label: string, ours?: boolean }>} contenders
 * @returns one entry per goal and contender of ours; without `met` if the other figure was not measured
 */
export function evaluateGoals(scenario, results, contenders) {
  const measured = results[scenario.id] ?? {};
  const ours = Object.keys(measured).filter((name) => contenders[name].ours);
  return (scenario.goals ?? []).flatMap((goal) =>
    ours
      .filter((name) => name === (goal.ours ?? name))
      .map((name) => {
        const other = goal.scenarioId ? results[goal.scenarioId]?.[name] : measured[goal.contender];
        const text = goal.say(contenders[goal.contender]?.label ?? goal.contender);
        if (!other) return { name, text, reached: 'not measured' };
        const ratio = mainFigure(measured[name]).median / mainFigure(other).median;
        const reached = goal.sayReached?.(ratio) ?? `${ratio.toPrecision(3)} ×`;
        return { name, text, reached, met: ratio <= goal.factor };
      }),
  );
}

/**
 * Returns the goals with their results in all kept runs, the latest first, and with those on other versions of Node, by
 * their major versions.
 */
export function evaluateRuns(scenario, { scenarios, earlier = [], also = {} }, contenders) {
  return evaluateGoals(scenario, scenarios, contenders).map((goal) => {
    const resultIn = (run) =>
      evaluateGoals(scenario, run.scenarios, contenders).find(
        ({ name, text }) => name === goal.name && text === goal.text,
      );
    return {
      ...goal,
      runs: [goal, ...earlier.flatMap((run) => resultIn(run) ?? [])],
      also: Object.values(also).map(resultIn),
    };
  });
}

/** Returns the scenarios whose figures the goals compare, each with only the contenders that they compare. */
export function neededForGoals(scenarios, contenders) {
  const needed = new Set();
  for (const { id, goals = [], contenders: names } of scenarios) {
    for (const goal of goals) {
      for (const name of names.filter((one) => contenders[one].ours && one === (goal.ours ?? one))) {
        needed.add(`${id} ${name}`);
        needed.add(`${goal.scenarioId ?? id} ${goal.contender ?? name}`);
      }
    }
  }
  return scenarios
    .map((one) => ({ ...one, contenders: one.contenders.filter((name) => needed.has(`${one.id} ${name}`)) }))
    .filter((one) => one.contenders.length > 0);
}

/** Returns the main figure of a scenario: its time, or its memory, or the first of its counts. */
export const mainFigure = (figures) => figures.ns ?? figures.bytes ?? Object.values(figures)[0];
