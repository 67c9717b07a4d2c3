/**
 * A TypeDoc plugin. It names the documents by their headings, and adds a page for each example: a link to one of its
 * files in README.md or the guide leads to this page, not to a bare file.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Converter, DocumentReflection } from 'typedoc';

const root = fileURLToPath(new URL('..', import.meta.url));

export function load({ converter }) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    document.name = HEADING.exec(document.content[0].text)[1].replaceAll('`', '');
  });
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const example of examples()) addExample(project, example);
  });
  converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    // The first page has the name of the project as its heading.
    const [first] = project.readme;
    first.text = first.text.replace(HEADING, '');
  });
}

const HEADING = /^# (.+)\n/;

/** Returns the name and the files of each example. The files at the top are those of the demo. */
function examples() {
  const found = new Map();
  for (const file of readdirSync(path.join(root, 'examples'), { recursive: true }).sort()) {
    if (!file.endsWith('.ts')) continue;
    const name = file.includes(path.sep) ? file.slice(0, file.indexOf(path.sep)) : 'demo';
    found.set(name, [...(found.get(name) ?? []), file]);
  }
  return [...found].map(([name, files]) => ({ name, files: files.sort((a, b) => isMain(b) - isMain(a)) }));
}

const isMain = (file) => /(^demo|[\\/]main)\.ts$/.test(file);

function addExample(project, { name, files }) {
  const content = [];
  for (const file of files) {
    const [, comment = '', code] = /^(?:\/\*\*([^]*?)\*\/\n+)?([^]*)$/.exec(
      readFileSync(path.join(root, 'examples', file), 'utf8'),
    );
    const prose = comment.replace(/^ *\* ?/gm, '').trim();
    content.push(
      { kind: 'text', text: `\n\n## examples/${file}\n\n${prose}\n\n` },
      { kind: 'code', text: `\`\`\`ts\n${code.trim()}\n\`\`\`` },
    );
  }
  const run = `node examples/${files[0].replace(/\.ts$/, '.js')}`;
  const intro = `# Example: ${name}\n\nTo run it from a clone: \`npm ci && npm run build && npm run build:examples\`, then \`${run}\`.`;
  const page = new DocumentReflection(`Example: ${name}`, project, [{ kind: 'text', text: intro }, ...content], {
    group: 'Examples',
  });
  project.addChild(page);
  project.registerReflection(page);
  for (const file of files) project.files.registerReflection(path.join(root, 'examples', file), page);
}
