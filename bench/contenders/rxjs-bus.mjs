import { Subject, mergeMap } from 'rxjs';

export const about = {
  label: 'rxjs mergeMap',
  package: 'rxjs',
};

export function newBus() {
  const subjects = new Map();
  const subjectOf = (topic) => {
    if (!subjects.has(topic)) subjects.set(topic, new Subject());
    return subjects.get(topic);
  };
  return {
    subscribe: (topic, fn, concurrency) => subjectOf(topic).pipe(mergeMap(fn, concurrency)).subscribe(),
    publish: (topic, payload) => subjectOf(topic).next(payload),
    start() {},
  };
}
