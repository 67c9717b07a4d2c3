import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import typescript from '@rollup/plugin-typescript';
import { dts } from 'rollup-plugin-dts';
import { entries, programs } from './entries.mjs';
import { buildPage } from './scripts/build-page.mjs';

rmSync('dist', { recursive: true, force: true });

// Nothing but node's own modules and the clients that users bring may stay outside: the package has no dependencies.
const external = [
  /^node:/,
  /^@nats-io\//,
  /^@opentelemetry\//,
  /^@redis\//,
  /^mqtt$/,
  /^@jest\/globals$/,
  /^fastify$/,
  /^@nestjs\//,
  /^vitest$/,
];

/** Builds in what the bridge writes values with; of the types of Standard Schema, their text. */
const builtIn = {
  name: 'built in',
  resolveId: (name) => (name === 'devalue' ? fileURLToPath(import.meta.resolve(name)) : null),
};

/**
 * Prints the code for debuggers, which step through it: without source maps, because maps with their sources would be
 * larger than all the rest of the package. It is the source without types and comments. CommonJS is the same code once
 * more, so it is minified, in lines that are short enough for a stack.
 */
const readable = {
  name: 'readable',
  renderChunk: async (code, _chunk, { format }) => {
    const minified = format === 'cjs' ? { minify: true, lineLimit: 80 } : {};
    return { code: (await transform(code, { target: 'es2022', charset: 'utf8', ...minified })).code, map: null };
  },
};

/** Where the inspector's page is: a CommonJS module, which both formats can import, so that it is there only once. */
const pageFile = 'inspect-page.cjs';
const page = {
  name: 'page',
  resolveId(name, importer) {
    if (!name.endsWith('.html')) return null;
    const html = buildPage(path.resolve(path.dirname(importer), name));
    this.emitFile({ type: 'asset', fileName: pageFile, source: `module.exports = ${JSON.stringify(html)};\n` });
    return { id: path.resolve('src', pageFile), external: 'relative' }; // `src` becomes `dist`
  },
};

/** Files that `extension` names: one per entry, and what several entries share under `chunks/`. */
const outputOf = (format, extension) => ({
  dir: 'dist',
  format,
  entryFileNames: `[name].${extension}`,
  chunkFileNames: `chunks/[name].${extension}`,
});

// The public types use `Disposable`, `AbortSignal` and `EventTarget`. The reference gives the first to projects whose `lib`
// ends before it; the empty interfaces let projects without DOM and node types compile, and add nothing where there are some.
const declarationBanner = [
  '/// <reference lib="esnext.disposable" />',
  'declare global { interface AbortSignal {} interface EventTarget {} }',
].join('\n');

const declarations = {
  banner: declarationBanner,
  manualChunks: (id) => (/\/src\/(contract\/\w+|signal)\.ts$/.test(id) ? 'contract' : undefined),
};

/**
 * Gives the interfaces Signal and SignalManager and the constants of these names, which are in different files, one
 * declaration each. In the source, `signal.ts` has an alias of the interface beside each constant, but declarations of
 * users could not name the interface behind it.
 */
const oneDeclaration = {
  name: 'one declaration',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle);
    const contract = chunks.find(({ name }) => name === 'contract');
    for (const [alias, name] of contract.code.matchAll(/^type (\w+)\b.* = \1\$1\b.*;\n/gm)) {
      const hidden = new RegExp(`\\b${name}\\$1 as (\\w+),? ?`).exec(contract.code);
      const shown = new RegExp(`\\b${name} as (\\w+)`).exec(contract.code);
      contract.code = contract.code
        .replace(alias, '')
        .replace(hidden?.[0] ?? alias, '')
        .replaceAll(`${name}$1`, name);
      for (const chunk of chunks) {
        chunk.code = chunk.code.replace(/^import .*\/contract\.c?js';$/gm, (line) => {
          return line.replace(new RegExp(`\\b${hidden?.[1]} as ${name}\\b`), `${shown[1]} as ${name}`);
        });
      }
    }
  },
};

/**
 * Makes `Signal` an alias of an object type, in a file of its own. An editor shows the type arguments of an imported alias as they are written, so
 * a hover shows `Signal<{ port: number }>`. For an interface, or an alias of the same file, it shows the defaults, too.
 */
const signalByItself = {
  name: 'signal by itself',
  generateBundle(_options, bundle) {
    const contract = Object.values(bundle).find(({ name }) => name === 'contract');
    const [imported, extension] = contract.fileName.endsWith('.cts') ? ['.cjs', '.d.cts'] : ['.js', '.d.ts'];
    const comment = String.raw`(?:/\*\*(?:[^*]|\*(?!/))*\*/\n)?`;
    const declarations = ['interface Signal<[^]*?^}', 'declare const Signal: .*;'].map(
      (pattern) => new RegExp(`^${comment}${pattern}\n`, 'm').exec(contract.code)[0],
    );
    const exports = [...contract.code.matchAll(/^export (?:type )?\{ (.*) \};$/gm)].flatMap(([, list]) =>
      list.split(', ').map((each) => each.split(' as ')),
    );
    const imports = exports
      .filter(([name]) => name !== 'Signal' && new RegExp(`\\b${name}\\b(?!\\()`).test(declarations.join('')))
      .map(([name, shown = name]) => `${shown} as ${name}`);
    this.emitFile({
      type: 'asset',
      fileName: `chunks/signal${extension}`,
      source: [
        `import type { ${imports.join(', ')} } from './contract${imported}';`,
        ...declarations.map((each) => each.replace(/^interface (Signal<.*>) (\{[^]*^\})$/m, 'type $1 = $2;')),
        'export { Signal };\n',
      ].join('\n'),
    });
    for (const declaration of declarations) contract.code = contract.code.replace(declaration, () => '');
    contract.code = contract.code.replace(declarationBanner, (banner) => {
      return `${banner}\nimport { Signal } from './signal${imported}';`;
    });
  },
};

/** A warning fails the build, import cycles included. An entry that exports nothing has no declarations. */
const onLog = (level, log, report) => {
  if (log.code === 'EMPTY_BUNDLE') return;
  report(level === 'warn' ? 'error' : level, log);
};

export default [
  {
    input: entries,
    external,
    onLog,
    plugins: [builtIn, page, typescript({ tsconfig: 'tsconfig.build.json' }), readable],
    output: [outputOf('es', 'js'), outputOf('cjs', 'cjs')],
  },
  {
    input: programs,
    external,
    onLog,
    plugins: [typescript({ tsconfig: 'tsconfig.build.json' })],
    output: outputOf('es', 'js'),
  },
  {
    input: entries,
    external,
    onLog,
    plugins: [
      oneDeclaration,
      signalByItself,
      dts({
        tsconfig: 'tsconfig.build.json',
        compilerOptions: { removeComments: false },
        includeExternal: ['@standard-schema/spec'],
      }),
    ],
    output: [
      { ...outputOf('es', 'd.ts'), ...declarations },
      { ...outputOf('es', 'd.cts'), ...declarations },
    ],
  },
];
