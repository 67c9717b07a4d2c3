/** Takes orders and says so. It does not know who cares. */
import { values } from 'signalbox';

import { orderPlaced, type Order } from './signals.js';

/** Throws when one of those concerned could not deal with the order. */
export async function placeOrder(order: Order): Promise<void> {
  console.log(`orders: ${order.customer} orders ${order.quantity} ${order.article}`);
  values(await orderPlaced.send({ order }));
}
