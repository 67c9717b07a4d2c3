import { Effect, PubSub, Queue } from 'effect';

export const about = {
  label: 'effect PubSub',
  package: 'effect',
};

export function newBus() {
  const topics = new Map();
  const topicOf = (topic) => {
    if (!topics.has(topic)) topics.set(topic, Effect.runSync(PubSub.unbounded()));
    return topics.get(topic);
  };
  return {
    subscribe(topic, fn, concurrency) {
      const handle = (payload) => Effect.promise(() => fn(payload));
      const take = (queue) =>
        Effect.forever(
          Effect.flatMap(Queue.take(queue), (payload) =>
            concurrency === 1 ? handle(payload) : Effect.forkDaemon(handle(payload)),
          ),
        );
      Effect.runFork(Effect.scoped(Effect.flatMap(PubSub.subscribe(topicOf(topic)), take)));
    },
    publish: (topic, payload) => Effect.runSync(PubSub.publish(topicOf(topic), payload)),
    /** Its fibers subscribe a little later. */
    start: () => new Promise((resolve) => globalThis.setTimeout(resolve, 50)),
  };
}
