import { entries } from './entries.mjs';

export default {
  entryPoints: Object.values(entries),
  tsconfig: 'tsconfig.build.json',
  out: 'docs',
  readme: 'README.md',
  excludeInternal: true,
  excludePrivate: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, invalidPath: true },
  // Where the sources lie is no part of the documentation.
  disableSources: true,
};
