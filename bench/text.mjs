// The prose of the report, kept as Markdown in `text/`.
import { readFileSync } from 'node:fs';

const read = (name) => readFileSync(new URL(`text/${name}.md`, import.meta.url), 'utf8');

/** Returns the sections of a file by their headings of the second level. The text before the first one is left out. */
export function sectionsOf(name) {
  const [, ...sections] = read(name).split(/^## /m);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end).trim(), section.slice(end).trim()];
    }),
  );
}

/** Returns the file with each `{{name}}` replaced by the value of that name. */
export function filled(name, values) {
  return read(name).replace(/\{\{(\w+)\}\}/g, (_field, field) => {
    if (!(field in values)) throw new Error(`Expected a value for {{${field}}} of text/${name}.md`);
    return values[field];
  });
}
