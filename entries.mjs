/** The entry points of the package: the name of the files in `dist/` and where each comes from. One line per entry. */
export const entries = {
  index: 'src/index.ts',
  bus: 'src/bus/index.ts',
  threads: 'src/threads/index.ts',
  bridge: 'src/bridge/index.ts',
  memory: 'src/bridge/memory.ts',
  broadcast: 'src/bridge/broadcast.ts',
  mqtt: 'src/bridge/mqtt.ts',
  nats: 'src/bridge/nats.ts',
  redis: 'src/bridge/redis.ts',
};
