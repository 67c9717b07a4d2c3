// The core under test: the package as built, or the build named by BENCH_CORE, to compare it with an older one.
import { fileURLToPath, pathToFileURL } from 'node:url';

export const corePath = process.env['BENCH_CORE'] ?? fileURLToPath(new URL('../dist/index.js', import.meta.url));

export const { Signal, SignalManager } = await import(pathToFileURL(corePath).href);
