// The pictures of the report, as SVG.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { mainFigure } from './goals.mjs';
import { figure, ratio, referenceOf, unitOf } from './words.mjs';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

const colours = { ours: '#c2410c', peer: '#334155', raw: '#94a3b8' };
const colourOf = (name, contenders) =>
  colours[contenders[name].ours ? 'ours' : name.startsWith('raw-') ? 'raw' : 'peer'];
const shared = {
  document,
  style: { background: 'white', color: '#1f2937', fontSize: '11px', fontFamily: 'sans-serif' },
};

const CELL_WIDTH = 480;
const PANEL_HEIGHT = 170;

/** Draws a panel per scenario, two beside each other: per contender a dot at the median, a line from lowest to highest. */
export function comparisonPicture(scenarios, results, contenders) {
  const panels = scenarios.map((scenario) => comparisonPanel(scenario.title, results[scenario.id], contenders));
  return columns(panels, 2);
}

function comparisonPanel(title, measured, contenders) {
  const reference = measured[referenceOf(measured, contenders)];
  const rows = Object.entries(measured)
    .map(([name, figures]) => ({ name, label: contenders[name].label, ...mainFigure(figures) }))
    .sort((a, b) => a.median - b.median);
  const unit = unitOf(Object.values(measured)[0]);
  const value = (row) =>
    `${figure(row.median)} ${unit}` + (reference ? `, ${ratio(row.median / mainFigure(reference).median)}` : '');
  const fill = (row) => colourOf(row.name, contenders);
  const domain = [Math.min(...rows.map(({ low }) => low)) * 0.85, Math.max(...rows.map(({ high }) => high))];
  return Plot.plot({
    ...shared,
    width: CELL_WIDTH,
    height: 58 + rows.length * 17,
    marginTop: 26,
    marginLeft: 156,
    marginRight: 110,
    x: { type: 'log', domain, label: null, ticks: 4, tickFormat: figureOfTick },
    y: { domain: rows.map(({ label }) => label), label: null, tickSize: 0 },
    marks: [
      Plot.text([title], { frameAnchor: 'top-left', dx: -152, dy: -20, fontWeight: 'bold', fontSize: 12 }),
      Plot.ruleY(rows, { x1: domain[0], x2: 'median', y: 'label', stroke: '#e5e7eb' }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'label', stroke: fill, strokeWidth: 2 }),
      Plot.dot(rows, { x: 'median', y: 'label', fill, r: 4 }),
      Plot.text(rows, { x: 'high', y: 'label', text: value, fill, textAnchor: 'start', dx: 8 }),
    ],
  });
}

/** Draws a panel per series and figure, log-log, with a line per contender. */
export function seriesPicture(scenarios, results, contenders) {
  const points = scenarios.flatMap(({ id, series, size }) =>
    Object.entries(results[id]).flatMap(([name, figures]) =>
      Object.entries(figures).map(([figureName, { median }]) => ({ name, series, size, figureName, median })),
    ),
  );
  const figureNames = [...new Set(points.map(({ figureName }) => figureName))];
  const seriesNames = [...new Set(points.map(({ series }) => series))];
  const panels = figureNames.flatMap((figureName) =>
    seriesNames.map((series) =>
      seriesPanel(
        `${figureName}, ${series}`,
        points.filter((point) => point.figureName === figureName && point.series === series),
        contenders,
      ),
    ),
  );
  return columns(panels, seriesNames.length);
}

function seriesPanel(title, points, contenders) {
  // A contender that was measured at one size has no line; its figures are in the table.
  const lines = points.filter(({ name }) => points.filter((other) => other.name === name).length > 1);
  const domain = [10 ** Math.floor(logOf(lines, Math.min)), 10 ** Math.ceil(logOf(lines, Math.max))];
  const largest = Math.max(...lines.map(({ size }) => size));
  const ends = lines.filter(({ size }) => size === largest);
  const colour = ({ name }) => colourOf(name, contenders);
  return Plot.plot({
    ...shared,
    width: 330,
    height: PANEL_HEIGHT + 60,
    marginTop: 30,
    marginBottom: 30,
    marginLeft: 52,
    marginRight: 88,
    x: { type: 'log', label: null, ticks: [...new Set(lines.map(({ size }) => size))], tickFormat: figureOfTick },
    y: { type: 'log', domain, grid: true, label: null, ticks: powersOfTen(domain), tickFormat: figureOfTick },
    marks: [
      Plot.text([title], { frameAnchor: 'top-left', dx: -46, dy: -24, fontWeight: 'bold', fontSize: 12 }),
      Plot.line(lines, { x: 'size', y: 'median', z: 'name', stroke: colour, strokeWidth: 1.5 }),
      Plot.dot(lines, { x: 'size', y: 'median', fill: colour, r: 2.5 }),
      Plot.text(apart(ends, domain), {
        x: 'size',
        y: 'labelAt',
        text: ({ name }) => contenders[name].label,
        fill: colour,
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  });
}

const logOf = (points, choose) => Math.log10(choose(...points.map(({ median }) => median)));

const powersOfTen = ([low, high]) =>
  Array.from({ length: Math.log10(high / low) + 1 }, (_, index) => low * 10 ** index);

/** Adds the position of each label: at the end of its line, or one line of text above the label below it. */
function apart(ends, [low, high]) {
  const lineOfText = (high / low) ** (13 / PANEL_HEIGHT);
  let lowest = 0;
  return [...ends]
    .sort((a, b) => a.median - b.median)
    .map((end) => {
      const labelAt = Math.max(end.median, lowest);
      lowest = labelAt * lineOfText;
      return { ...end, labelAt };
    });
}

function figureOfTick(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return String(value);
}

/** Joins several SVGs into one, laid out in rows of `count`. */
function columns(panels, count) {
  let y = 0;
  let width = 0;
  const placed = [];
  for (let first = 0; first < panels.length; first += count) {
    const row = panels.slice(first, first + count);
    let x = 0;
    for (const panel of row) {
      panel.setAttribute('x', x);
      panel.setAttribute('y', y);
      placed.push(panel.outerHTML);
      x += Number(panel.getAttribute('width'));
    }
    width = Math.max(width, x);
    y += Math.max(...row.map((panel) => Number(panel.getAttribute('height'))));
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">` +
    `<rect width="100%" height="100%" fill="white"/>${placed.join('')}</svg>\n`
  );
}
