import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { isolateSharedManager, record } from 'signalbox/testing';
import 'signalbox/testing/jest';

import { placeOrder } from '../../examples/shared-manager/orders.js';
import { orderPlaced, stockLow } from '../../examples/shared-manager/signals.js';
import { ExampleProcess } from './example-process.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('examples/shared-manager', () => {
  it('brings modules together that know only the signals', async () => {
    expect(await new ExampleProcess('shared-manager/main.js').exit).toEqual({
      exitCode: 0,
      lines: [
        'orders: Mike orders 8 tea',
        'mail: Mike, thank you for ordering tea',
        'stock: 2 tea left',
        'orders: Ashley orders 3 coffee',
        'mail: Ashley, thank you for ordering coffee',
        'stock: 1 coffee left',
        'coffee supply: only 1 left, ordering more',
        '2 orders, 2 times low stock',
      ],
      stderr: '',
    });
  });
  it('takes orders without any other module, and its stock needs no mail', async () => {
    jest.spyOn(console, 'log').mockReturnValue();
    using _isolation = isolateSharedManager();
    const recording = record();
    const order = { customer: 'Mike', article: 'tea', quantity: 8 };
    await placeOrder(order);
    expect(recording).toHaveSent(orderPlaced, { order });
    expect(recording).not.toHaveSent(stockLow);

    await import('../../examples/shared-manager/stock.js');
    await placeOrder(order);
    expect(recording).toHaveSentInOrder([orderPlaced, orderPlaced, stockLow]);
    expect(recording.of(stockLow)).toMatchObject([{ kwargs: { article: 'tea', left: 2 }, keys: ['tea'] }]);
    expect(recording.results(orderPlaced)).toHaveLength(1);
  });
});
