// Never run: what must compile and what must not, checked by `npm run types`, as standard and as legacy decorators.
import { ANY, type SendContext, Signal } from 'signalbox';
import { Receive } from 'signalbox/nestjs';

const saved = new Signal<{ id: number }, string>({ name: 'saved' });
const removed = new Signal<{ id: number; by: string }>({ name: 'removed' });

export class Receivers {
  @Receive(saved, { key: 'books', priority: 1 })
  both({ id }: { id: number }, { keys }: SendContext): string {
    return `${id} ${keys.size}`;
  }
  @Receive([saved, removed])
  either({ id }: { id: number }): string {
    return String(id);
  }
  @Receive(ANY)
  @Receive(Symbol('untyped'))
  all(): void {}

  // @ts-expect-error -- `saved` has no `by`
  @Receive(saved)
  needsMore({ by }: { id: number; by: string }): string {
    return by;
  }
  // @ts-expect-error -- the results are strings
  @Receive(saved)
  returnsNumber({ id }: { id: number }): number {
    return id;
  }
  // @ts-expect-error -- `saved` has no `by`
  @Receive([saved, removed])
  needsMoreOfOne({ by }: { by: string }): string {
    return by;
  }
  // @ts-expect-error -- the instance is `this`
  @Receive(saved, { thisArg: {} })
  withThis(): string {
    return '';
  }
}
