import { Effect, Queue } from 'effect';

export const about = {
  label: 'effect Queue',
  package: 'effect',
};

export function newBus() {
  const topics = new Map();
  return {
    subscribe(topic, fn, concurrency) {
      const queue = Effect.runSync(Queue.unbounded());
      topics.set(topic, [...(topics.get(topic) ?? []), queue]);
      const handle = (payload) => Effect.promise(() => fn(payload));
      const handleNext = Effect.flatMap(Queue.take(queue), (payload) =>
        concurrency === 1 ? handle(payload) : Effect.forkDaemon(handle(payload)),
      );
      Effect.runFork(Effect.forever(handleNext));
    },
    publish(topic, payload) {
      for (const queue of topics.get(topic)) Queue.unsafeOffer(queue, payload);
    },
    start() {},
  };
}
