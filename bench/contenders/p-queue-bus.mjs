import { EventEmitter } from 'eventemitter3';
import PQueue from 'p-queue';

export const about = {
  label: 'p-queue behind eventemitter3',
  package: 'p-queue',
};

export function newBus() {
  const emitter = new EventEmitter();
  return {
    subscribe(topic, fn, concurrency) {
      const queue = new PQueue({ concurrency });
      emitter.on(topic, (payload) => void queue.add(() => fn(payload)));
    },
    publish: (topic, payload) => emitter.emit(topic, payload),
    start() {},
  };
}
