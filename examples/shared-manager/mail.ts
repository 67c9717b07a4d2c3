/** Writes to customers. */
import { orderPlaced, type Order } from './signals.js';

orderPlaced.connect(function confirmOrder({ order }: { order: Order }): void {
  console.log(`mail: ${order.customer}, thank you for ordering ${order.article}`);
});
