/** Keeps count of what is there. */
import { orderPlaced, stockLow, type Order } from './signals.js';

const stock = new Map([
  ['tea', 10],
  ['coffee', 4],
]);

orderPlaced.connect(function takeFromStock({ order }: { order: Order }): void {
  const left = (stock.get(order.article) ?? 0) - order.quantity;
  stock.set(order.article, left);
  console.log(`stock: ${left} ${order.article} left`);
  if (left < 3) stockLow.emit({ article: order.article, left }, { key: order.article });
});
