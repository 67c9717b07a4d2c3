/** The signal that shop, printer and warehouse share. */
import type { Signal, SignalManager } from 'signalbox';

export interface Order {
  readonly id: number;
}

export const namespace = 'tracing';

export function orderedOf(manager: SignalManager): Signal<Order, string> {
  return manager.signal<Order, string>('ordered');
}
