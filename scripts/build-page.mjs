import { buildSync } from 'esbuild';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The packages that are built into the page. Their licence asks for its text in copies. */
const BUILT_IN = ['preact', '@preact/signals', '@preact/signals-core'];

/**
 * Returns the inspector's page as one text: the HTML file with its script and its style sheet inside, so that the policy
 * of the page can name both by their hashes, and nothing else has to be served.
 *
 * @param {string} file - The HTML file, which names one script and one style sheet beside it.
 */
export function buildPage(file) {
  const folder = path.dirname(file);
  const bundle = (name) => {
    const { outputFiles } = buildSync({
      entryPoints: [path.join(folder, name)],
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      logLevel: 'error',
      outdir: folder,
      write: false,
    });
    const text = outputFiles[0].text.trim();
    if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${name} would end its element in the page`);
    return text;
  };
  const html = readFileSync(file, 'utf8')
    .replace(/<link rel="stylesheet" href="(.*)" \/>/, (_tag, name) => `<style>${bundle(name)}</style>`)
    .replace(/<script type="module" src="(.*)">/, (_tag, name) => `<script type="module">${bundle(name)}`)
    .replace(/\n\s*/g, '\n');
  return `${html}<!--\n${licences()}\n-->\n`;
}

function licences() {
  const root = path.resolve(import.meta.dirname, '../node_modules');
  const texts = new Map();
  for (const name of BUILT_IN) {
    const text = readFileSync(path.join(root, name, 'LICENSE'), 'utf8').trim();
    texts.set(text, [...(texts.get(text) ?? []), name]);
  }
  return [...texts].map(([text, names]) => `This page contains ${names.join(', ')}:\n\n${text}`).join('\n\n');
}
