import path from 'node:path';
import { build } from 'esbuild';

/** Returns the script of a host as one module, with the package as a bundler finds it. */
export async function bundle(script, options = {}) {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, script)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    ...options,
  });
  return outputFiles[0].text;
}
