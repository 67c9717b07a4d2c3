import { SignalBus } from '../bus.mjs';

export const about = {
  label: 'signalbox/bus',
  package: 'signalbox',
  ours: true,
};

export function newBus() {
  const bus = new SignalBus({ onError: null });
  return {
    subscribe: (topic, fn, concurrency) => bus.subscriber(topic, fn, { concurrency }),
    publish: (topic, payload) => bus.publish(topic, payload),
    start: () => bus.start(),
  };
}
