// The pictures of the report, as SVG, drawn from results.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { comparisonPicture, seriesPicture } from './plot.mjs';
import { groups, isSeries } from './scenarios/index.mjs';

const folder = new URL('pictures/', import.meta.url);

export function writePictures({ groups: measured, contenders }) {
  mkdirSync(folder, { recursive: true });
  for (const [name, group] of Object.entries(groups)) {
    if (!measured[name]) continue;
    const results = measured[name].scenarios;
    const known = group.scenarios.filter(({ id }) => results[id]);
    const draw = isSeries(group) ? seriesPicture : comparisonPicture;
    writeFileSync(new URL(`${name}.svg`, folder), draw(known, results, contenders));
  }
}
