/**
 * All that the modules of this shop know of each other. Signals made without a manager belong to the shared one.
 */
import { Signal } from 'signalbox';

export interface Order {
  readonly customer: string;
  readonly article: string;
  readonly quantity: number;
}

/** A customer has ordered. */
export const orderPlaced = new Signal<{ order: Order }>({ name: 'order_placed' });

/** There is less of an article left than there should be. The key is the article. */
export const stockLow = new Signal<{ article: string; left: number }>({ name: 'stock_low' });
