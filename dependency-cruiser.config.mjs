/**
 * The layers of `src`, from the lowest up (ARCHITECTURE.md). A folder imports from the folders before it only, type
 * imports included.
 */
const core = ['contract', 'internal', 'signals', 'watch', 'receivers', 'dispatch', 'send', 'observe', 'manager'];

/** What each folder beside this chain may import from, itself aside. */
const others = {
  far: ['index', 'contract', 'internal', 'signals', 'watch', 'dispatch/pending-sends', 'send/far-hook'],
  bus: ['index', 'contract', 'internal', 'signals', 'watch', 'manager/decorator'],
  interop: ['index', 'contract', 'internal', 'signals', 'send/far-hook'],
  threads: ['index', 'contract', 'internal', 'signals', 'far', 'send/far-hook', 'receivers/connect-request'],
  channels: ['index', 'contract', 'internal', 'signals', 'watch', 'manager/watch-managers'],
  otel: ['index', 'contract', 'internal', 'signals', 'watch', 'manager/watch-managers'],
  lifecycle: ['index', 'contract', 'internal', 'signals'],
  fastify: ['index', 'contract', 'internal', 'signals'],
  nestjs: ['index', 'contract', 'internal', 'signals', 'receivers/connect-request'],
  testing: ['index', 'contract', 'internal', 'signals', 'watch'],
  bridge: ['index', 'contract', 'internal', 'signals', 'far'],
  inspect: ['index', 'contract', 'internal', 'signals', 'watch/inspect-host', 'watch/call-matcher', 'watch/queues'],
  'inspect/page': ['inspect/types', 'inspect/inspector-data'],
  'bridge/wire': ['contract', 'internal', 'signals', 'far', 'bridge/types', 'bridge/errors'],
  'bridge/nodes': ['contract', 'internal', 'signals', 'far', 'bridge/types', 'bridge/errors', 'bridge/wire'],
  'bridge/engines': ['internal', 'bridge/types', 'bridge/errors'],
};

const allowed = { ...Object.fromEntries(core.map((folder, index) => [folder, core.slice(0, index)])), ...others };

const layer = ([folder, below]) => ({
  name: `${folder}-imports-from-below`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^src/',
    pathNot: [folder, ...below].map((name) => `^src/${name}${name.endsWith('.ts') ? '$' : '(/|\\.ts$)'}`),
  },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, to: {} },
    ...Object.entries(allowed).map(layer),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
