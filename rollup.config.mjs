import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import typescript from '@rollup/plugin-typescript';
import { dts } from 'rollup-plugin-dts';
import { entries } from './entries.mjs';

rmSync('dist', { recursive: true, force: true });

// Nothing but node's own modules and the clients that users bring may stay outside: the package has no dependencies.
const external = [/^node:/, /^@nats-io\//, /^@redis\//, /^mqtt$/];

/** Builds in what the bridge writes values with; of the types of Standard Schema, their text. */
const builtIn = {
  name: 'built in',
  resolveId: (name) => (name === 'devalue' ? fileURLToPath(import.meta.resolve(name)) : null),
};

/** Files that `extension` names: one per entry, and what several entries share under `chunks/`. */
const outputOf = (format, extension) => ({
  dir: 'dist',
  format,
  entryFileNames: `[name].${extension}`,
  chunkFileNames: `chunks/[name].${extension}`,
});

// The public types use `Disposable` and `AbortSignal`. The reference gives the first to projects whose `lib` ends before
// it; the empty interface lets projects without DOM and node types compile, and adds nothing where there are some.
const declarationBanner = [
  '/// <reference lib="esnext.disposable" />',
  'declare global { interface AbortSignal {} }',
].join('\n');

/** A warning fails the build, but for import cycles: managers make signals, and a signal knows the shared manager. */
const onLog = (level, log, report) => {
  const harmless = level !== 'warn' || log.code === 'CIRCULAR_DEPENDENCY';
  report(harmless ? level : 'error', log);
};

export default [
  {
    input: entries,
    external,
    onLog,
    plugins: [builtIn, typescript({ tsconfig: 'tsconfig.build.json' })],
    output: [
      { ...outputOf('es', 'js'), sourcemap: true },
      // Maps hold all sources, so they are shipped for one format.
      outputOf('cjs', 'cjs'),
    ],
  },
  {
    input: entries,
    external,
    onLog,
    plugins: [dts({ tsconfig: 'tsconfig.build.json', includeExternal: ['@standard-schema/spec'] })],
    output: [
      { ...outputOf('es', 'd.ts'), banner: declarationBanner },
      { ...outputOf('es', 'd.cts'), banner: declarationBanner },
    ],
  },
];
