/**
 * A shop whose modules know the signals and not each other, on the manager that the whole application shares.
 *
 * `orders.ts`, `stock.ts`, `mail.ts` and `coffee-supply.ts` import `signals.ts` and nothing else of the shop. Leave out
 * one of the imports below, or add one, and no other file changes.
 *
 * Run it from the root of the package:
 *
 *     npm run build && npm run build:examples
 *     node examples/shared-manager/main.js
 */
import { ANY, sharedManager, type SendContext } from 'signalbox';

import './coffee-supply.js';
import './mail.js';
import { placeOrder } from './orders.js';
import { orderPlaced, stockLow } from './signals.js';
import './stock.js';

const signals = sharedManager();

// Whoever holds the shared manager can watch all that the application says, without any module's help.
const counts = new Map<object | symbol, number>();
signals.connect((_kwargs, { signal }: SendContext) => counts.set(signal, (counts.get(signal) ?? 0) + 1), ANY);

await placeOrder({ customer: 'Mike', article: 'tea', quantity: 8 });
await placeOrder({ customer: 'Ashley', article: 'coffee', quantity: 3 });

await signals.close();
console.log(`${counts.get(orderPlaced) ?? 0} orders, ${counts.get(stockLow) ?? 0} times low stock`);
