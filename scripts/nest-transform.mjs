import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.dirname(import.meta.dirname);
const file = path.join(root, 'tsconfig.jest-nest.json');
const { options } = ts.getParsedCommandLineOfConfigFile(
  file,
  { inlineSourceMap: true, sourceMap: false },
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (fault) => {
      throw new Error(String(fault.messageText));
    },
  },
);

/** Compiles tests as Nest needs them. ts-jest has one configuration per process: that of the file which comes first. */
export default {
  process: (text, fileName) => ({ code: ts.transpileModule(text, { fileName, compilerOptions: options }).outputText }),

  getCacheKey: (text) => {
    const hash = createHash('sha256').update(text).update(JSON.stringify(options));
    return hash.update(readFileSync(import.meta.filename)).digest('hex');
  },
};
