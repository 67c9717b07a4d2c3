// bench/README.md, written from results.json and text/. `node bench/report.mjs` writes it without measuring.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { evaluateRuns, mainFigure } from './goals.mjs';
import { inspectorChapter } from './inspector-chapter.mjs';
import { RUNS_KEPT, readResults } from './results.mjs';
import { groups, isSeries } from './scenarios/index.mjs';
import { probes } from './semantics.mjs';
import { filled, sectionsOf } from './text.mjs';
import { nameOf } from './versions.mjs';
import { watchingChapter } from './watching-chapter.mjs';
import { figure, goalResult, machineLine, ratio, referenceOf, spread, table } from './words.mjs';

export async function writeReport(results) {
  writeFileSync(new URL('README.md', import.meta.url), await reportOf(results));
}

export async function reportOf(results) {
  const abouts = sectionsOf('groups');
  const measured = Object.entries(groups).filter(([name]) => results.groups[name]);
  const chapters = measured.map(([name, group]) => chapter({ name, about: abouts.get(name), ...group }, results));
  const markdown = filled('report', {
    ...summary(measured, results),
    versions: versions(Object.values(results.groups)),
    groups: chapters.join('\n\n'),
    watching: watchingChapter(results.watching),
    inspector: inspectorChapter(results.inspector),
    ...contenderTables(results),
  });
  return format(markdown, { parser: 'markdown', printWidth: 120 });
}

/** Returns the counts of goals, the goals that are missed, and the reasons. */
function summary(measured, { groups: byGroup, contenders }) {
  const goals = measured.flatMap(([name, { scenarios }]) =>
    scenarios.flatMap((scenario) =>
      evaluateRuns(scenario, byGroup[name], contenders).map((goal) => ({ ...goal, scenario })),
    ),
  );
  const missed = goals.filter(({ met }) => !met);
  const repeated = goals.filter(({ runs }) => runs.length === RUNS_KEPT && runs.every(({ met }) => met !== undefined));
  const lines = missed.map(
    ({ scenario, name, text, reached }) =>
      `- ${scenario.title}, ${contenders[name].label}: ${text}; reached: **${reached}**`,
  );
  return {
    all: goals.length,
    met: goals.length - missed.length,
    repeated: repeated.length === 0 ? '' : ` ${repetitions(repeated)}`,
    missed: lines.join('\n') || 'None.',
    reasons: reasonsFor(missed.map(({ scenario }) => scenario)),
  };
}

/** Returns for which versions of Node the rows and the columns are; empty as long as there is one version alone. */
function versions(measured) {
  const others = measured.flatMap(({ also = {} }) => Object.values(also));
  if (others.length === 0) return '';
  const list = (runs) => new Intl.ListFormat('en').format(new Set(runs.map(({ node }) => nameOf(node))));
  return filled('versions', { main: list(measured), others: list(others) });
}

/** Returns how many of these goals are met in each run, and in none. */
function repetitions(repeated) {
  return filled('repeated', {
    repeated: repeated.length,
    runs: RUNS_KEPT,
    always: repeated.filter(({ runs }) => runs.every(({ met }) => met)).length,
    never: repeated.filter(({ runs }) => !runs.some(({ met }) => met)).length,
  });
}

/** Returns the sections of `text/why-behind.md` that are about these scenarios. */
function reasonsFor(scenarios) {
  return [...sectionsOf('why-behind')]
    .map(([ids, reason]) => ({ explained: scenarios.filter(({ id }) => ids.split(', ').includes(id)), reason }))
    .filter(({ explained }) => explained.length > 0)
    .map(({ explained, reason }) => {
      const titles = new Set(explained.map(({ title }) => title));
      return `**${[...titles].join(' · ')}**\n\n${reason}`;
    })
    .join('\n\n');
}

function chapter(group, results) {
  const { scenarios, rounds, ...machine } = results.groups[group.name];
  return [
    `## ${group.title}`,
    group.about,
    `![${group.title}](pictures/${group.name}.svg)`,
    isSeries(group)
      ? seriesTables(group, scenarios, results.contenders)
      : comparisonTable(group, scenarios, results.contenders),
    goalTable(group, results.groups[group.name], results.contenders),
    roundsTable(group, scenarios, results.contenders),
    `_${machineLine(machine)} · ${rounds} rounds_`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** Returns a line per contender and a column per scenario: the ratio to ours, and the median. */
function comparisonTable(group, measured, contenders) {
  const scenarios = group.scenarios.filter(({ id }) => measured[id]);
  const names = [...new Set(scenarios.flatMap(({ id }) => Object.keys(measured[id])))];
  const lines = names.map((name) => [
    emphasised(name, contenders),
    ...scenarios.map(({ id }) => {
      if (!measured[id][name]) return '';
      const reference = mainFigure(measured[id][referenceOf(measured[id], contenders)]).median;
      const { median } = mainFigure(measured[id][name]);
      return `${ratio(median / reference)} (${figure(median)})`;
    }),
  ]);
  return table(['', ...scenarios.map(({ title }) => title)], lines);
}

/** Returns a table per figure: a line per series and contender, a column per size. */
function seriesTables(group, measured, contenders) {
  const scenarios = group.scenarios.filter(({ id }) => measured[id]);
  const sizes = [...new Set(scenarios.map(({ size }) => size))];
  return figureNamesOf(measured[scenarios[0].id])
    .map((figureName) => {
      const lines = [...new Set(scenarios.map(({ series }) => series))].flatMap((series) => {
        const points = scenarios.filter((scenario) => scenario.series === series);
        const names = [...new Set(points.flatMap(({ id }) => Object.keys(measured[id])))];
        return names.map((name) => [
          series,
          emphasised(name, contenders),
          ...sizes.map((size) => {
            const point = points.find((scenario) => scenario.size === size);
            const summary = measured[point?.id]?.[name]?.[figureName];
            return summary ? figure(summary.median) : '';
          }),
        ]);
      });
      return table([figureName, '', ...sizes.map((size) => size.toLocaleString('en'))], lines);
    })
    .join('\n\n');
}

function goalTable(group, measured, contenders) {
  const lines = group.scenarios
    .filter(({ id }) => measured.scenarios[id])
    .flatMap((scenario) =>
      evaluateRuns(scenario, measured, contenders).map((goal) => [
        scenario.title,
        contenders[goal.name].label,
        goal.text,
        goal.runs.map(goalCell).join(', '),
        ...goal.also.map((result) => (result ? goalCell(result) : '')),
      ]),
    );
  const versions = Object.values(measured.also ?? {}).map(({ node }) => nameOf(node));
  return lines.length > 0 ? table(['goals', '', 'goal', 'reached', ...versions], lines) : '';
}

const goalCell = (result) => (result.met === false ? `**${goalResult(result)}**` : goalResult(result));

/** Returns every figure with the spread of its rounds, folded away. */
function roundsTable(group, measured, contenders) {
  const lines = group.scenarios
    .filter(({ id }) => measured[id])
    .flatMap(({ id, title }) =>
      figureNamesOf(measured[id]).flatMap((name) => roundsOf(title, name, measured[id], contenders)),
    );
  const rounds = table(['', '', '', 'median', 'lowest', 'highest', 'spread'], lines);
  return `<details><summary>Medians and spread</summary>\n\n${rounds}\n\n</details>`;
}

function roundsOf(title, figureName, measured, contenders) {
  return Object.entries(measured)
    .map(([name, figures]) => ({ name, ...figures[figureName] }))
    .sort((a, b) => a.median - b.median)
    .map((one) => [
      title,
      figureName,
      emphasised(one.name, contenders),
      figure(one.median),
      figure(one.low),
      figure(one.high),
      spread(one),
    ]);
}

/** Returns `ns` or `bytes`, or the names of the figures of a series. */
const figureNamesOf = (measured) => Object.keys(Object.values(measured)[0]);

/** Returns a table of how each contender is used, and a table of what it does when receivers fail, leave or join. */
function contenderTables({ groups: measured, contenders }) {
  const uses = sectionsOf('contenders');
  const titles = Object.keys(probes);
  const used = Object.values(measured).flatMap(({ scenarios }) => Object.values(scenarios).flatMap(Object.keys));
  const names = [...new Set(used)].sort();
  const answering = names.filter((name) => Object.keys(contenders[name].answers).length > 0);
  return {
    contenders: table(
      ['', 'version', 'use'],
      names.map((name) => [emphasised(name, contenders), contenders[name].version ?? '', uses.get(name)]),
    ),
    behaviour: table(
      ['', ...titles],
      answering.map((name) => [
        emphasised(name, contenders),
        ...titles.map((title) => mark(contenders[name].answers[title])),
      ]),
    ),
  };
}

const mark = (answer) => (answer === undefined ? '' : answer ? 'yes' : '–');

const emphasised = (name, contenders) =>
  contenders[name].ours ? `**${contenders[name].label}**` : contenders[name].label;

if (argv[1] === fileURLToPath(import.meta.url)) await writeReport(readResults());
