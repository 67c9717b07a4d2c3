import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { buildPage } from './build-page.mjs';

/** Lets tests import the inspector's page as the built package does: as one text. */
export default {
  process: (_text, file) => ({
    code: `exports.__esModule = true;\nexports.default = ${JSON.stringify(buildPage(file))};`,
  }),

  /** The page is built again after a change of any of its files. */
  getCacheKey: (_text, file) => {
    const scripts = ['build-page.mjs', 'page-transform.mjs'].map((name) => path.join(import.meta.dirname, name));
    const parts = readdirSync(path.dirname(file)).map((name) => path.join(path.dirname(file), name));
    const hash = createHash('sha256');
    for (const part of [...scripts, ...parts]) hash.update(readFileSync(part));
    return hash.digest('hex');
  },
};
