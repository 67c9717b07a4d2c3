import { groups } from './index.mjs';

export function findScenario(id) {
  for (const { scenarios } of Object.values(groups)) {
    const scenario = scenarios.find((one) => one.id === id);
    if (scenario) return scenario;
  }
  throw new Error(`No scenario is called "${id}"`);
}

/**
 * Finds the groups and scenarios that the command line names. Without words it returns all groups.
 *
 * @param {string[]} words
 * @returns {{ group: string, scenarios: object[], whole: boolean }[]} `whole`: every scenario of the group
 */
export function chooseScenarios(words) {
  const known = Object.entries(groups).flatMap(([group, { scenarios }]) => [group, ...scenarios.map(({ id }) => id)]);
  const unknown = words.filter((word) => !known.includes(word));
  if (unknown.length > 0) {
    throw new Error(`No group or scenario is called "${unknown[0]}"; the groups are ${Object.keys(groups).join(', ')}`);
  }
  return Object.entries(groups)
    .map(([group, { scenarios }]) => {
      const whole = words.length === 0 || words.includes(group);
      return { group, whole, scenarios: scenarios.filter(({ id }) => whole || words.includes(id)) };
    })
    .filter(({ scenarios }) => scenarios.length > 0);
}
