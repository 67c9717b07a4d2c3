// bench/README.md and its pictures, written from results.json alone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { evaluateRuns, mainFigure } from './goals.mjs';
import { comparisonPicture, seriesPicture } from './plot.mjs';
import { method } from './report-method.mjs';
import { RUNS_KEPT } from './results.mjs';
import { groups } from './scenarios/index.mjs';
import { probes } from './semantics.mjs';
import { reasons } from './why-behind.mjs';
import { figure, goalResult, ratio, referenceOf, spread } from './words.mjs';

const folder = new URL('.', import.meta.url);

export async function writeReport(results) {
  const measured = Object.entries(groups).filter(([name]) => results.groups[name]);
  mkdirSync(new URL('pictures', folder), { recursive: true });
  for (const [name, group] of measured)
    writeFileSync(new URL(`pictures/${name}.svg`, folder), picture(name, group, results));
  const markdown = [
    '# Benchmarks',
    '<!-- Written by `npm run bench`; changes by hand are lost. -->',
    summary(measured, results),
    ...measured.map(([name, group]) => chapter(name, group, results)),
    contenderChapter(results),
    method,
  ].join('\n\n');
  writeFileSync(new URL('README.md', folder), await format(markdown, { parser: 'markdown', printWidth: 120 }));
}

const isSeries = ({ scenarios }) => scenarios.every(({ series }) => series);

function picture(name, { scenarios, ...group }, { groups: measured, contenders }) {
  const known = scenarios.filter(({ id }) => measured[name].scenarios[id]);
  const draw = isSeries({ ...group, scenarios }) ? seriesPicture : comparisonPicture;
  return draw(known, measured[name].scenarios, contenders);
}

/** All goals of all groups, first what is behind. */
function summary(measured, { groups: byGroup, contenders }) {
  const goals = measured.flatMap(([name, { scenarios }]) =>
    scenarios.flatMap((scenario) =>
      evaluateRuns(scenario, byGroup[name], contenders).map((goal) => ({ ...goal, scenario })),
    ),
  );
  const behind = goals.filter(({ met }) => !met);
  const repeated = wordsOnRuns(goals);
  if (behind.length === 0) return `All ${goals.length} goals are met. ${repeated}`;
  return [
    `${goals.length - behind.length} of ${goals.length} goals are met. ${repeated}`,
    'Behind:',
    behind
      .map(
        (goal) =>
          `- ${goal.scenario.title}, ${contenders[goal.name].label}: ${goal.text}; reached: **${goal.reached}**`,
      )
      .join('\n'),
    ...whyBehind(behind.map(({ scenario }) => scenario)),
  ].join('\n\n');
}

/** What may change from one run to the next. */
function wordsOnRuns(goals) {
  const repeated = goals.filter(({ runs }) => runs.length === RUNS_KEPT && runs.every(({ met }) => met !== undefined));
  if (repeated.length === 0) return '';
  const always = repeated.filter(({ runs }) => runs.every(({ met }) => met)).length;
  const never = repeated.filter(({ runs }) => !runs.some(({ met }) => met)).length;
  return (
    `Of ${repeated.length} that were measured in ${RUNS_KEPT} runs of one build, one after the other, ${always} were met in each ` +
    `run, ${never} in none; the tables of goals show what each run reached, the latest first.`
  );
}

/** What is known of the rows that are behind, and what was tried. */
function whyBehind(behind) {
  const known = reasons
    .map(({ scenarios, why }) => ({ rows: behind.filter(({ id }) => scenarios.includes(id)), why }))
    .filter(({ rows }) => rows.length > 0);
  if (known.length === 0) return [];
  const texts = known.map(({ rows, why }) => {
    const titles = [...new Set(rows.map(({ title }) => title))];
    return `**${titles.join(' · ')}**\n\n${why}`;
  });
  return ['### What is known of them, and what was tried', ...texts];
}

function chapter(name, group, results) {
  const { scenarios, rounds, ...machine } = results.groups[name];
  return [
    `## ${group.title}`,
    group.about,
    `![${group.title}](pictures/${name}.svg)`,
    isSeries(group)
      ? seriesTables(group, scenarios, results.contenders)
      : comparisonTable(group, scenarios, results.contenders),
    goalTable(group, results.groups[name], results.contenders),
    roundsTable(group, scenarios, results.contenders),
    `_${machine.date.slice(0, 16).replace('T', ' ')} UTC · node ${machine.node}, V8 ${machine.v8} · ${machine.cpu} · ` +
      `${machine.system} · load at the start ${machine.load} · ${rounds} rounds_`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** A line per contender, a column per scenario: the ratio to ours, and the median. */
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

/** Per figure, a line per series and contender, a column per size. */
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
        goal.runs.map((run) => (run.met === false ? `**${goalResult(run)}**` : goalResult(run))).join(', '),
      ]),
    );
  return lines.length > 0 ? table(['goals', '', 'goal', 'reached'], lines) : '';
}

/** Every figure with its rounds' spread, folded away. */
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

/** `ns` or `bytes`, or what a scenario of a series measures. */
const figureNamesOf = (measured) => Object.keys(Object.values(measured)[0]);

function contenderChapter({ groups: measured, contenders }) {
  const titles = Object.keys(probes);
  const taking = Object.values(measured).flatMap(({ scenarios }) => Object.values(scenarios).flatMap(Object.keys));
  const known = [...new Set(taking)].sort().map((name) => [name, contenders[name]]);
  const how = known.map(([name, { version, how: words }]) => [emphasised(name, contenders), version ?? '', words]);
  const answers = known
    .filter(([, one]) => Object.keys(one.answers).length > 0)
    .map(([name, one]) => [emphasised(name, contenders), ...titles.map((title) => mark(one.answers[title]))]);
  return [
    '## Who takes part',
    table(['', 'version', 'how'], how),
    'What they do when receivers fail, leave or join during a send, tried out by the benchmark (`semantics.mjs`); empty ' +
      'where there is no such verb:',
    table(['', ...titles], answers),
  ].join('\n\n');
}

const mark = (answer) => (answer === undefined ? '' : answer ? 'yes' : '–');

const emphasised = (name, contenders) =>
  contenders[name].ours ? `**${contenders[name].label}**` : contenders[name].label;

function table(head, lines) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n');
}
