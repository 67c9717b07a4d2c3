/** The entry points of the package: the name of the files in `dist/` and where each comes from. One line per entry. */
export const entries = {
  index: 'src/index.ts',
  far: 'src/far/index.ts',
  bus: 'src/bus/index.ts',
  interop: 'src/interop/index.ts',
  threads: 'src/threads/index.ts',
  bridge: 'src/bridge/index.ts',
  lifecycle: 'src/lifecycle/index.ts',
  inspect: 'src/inspect/index.ts',
  'inspect/auto': 'src/inspect/auto/index.ts',
  fastify: 'src/fastify/index.ts',
  nestjs: 'src/nestjs/index.ts',
  testing: 'src/testing/index.ts',
  'testing/jest': 'src/testing/jest.ts',
  'testing/vitest': 'src/testing/vitest.ts',
  channels: 'src/channels/index.ts',
  otel: 'src/otel/index.ts',
  memory: 'src/bridge/engines/memory.ts',
  broadcast: 'src/bridge/engines/broadcast.ts',
  mqtt: 'src/bridge/engines/mqtt.ts',
  nats: 'src/bridge/engines/nats.ts',
  redis: 'src/bridge/engines/redis.ts',
};

/** The programs of the package, in ESM only. */
export const programs = { cli: 'src/inspect/cli/index.ts' };
