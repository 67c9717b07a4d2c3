import { describe, expect, it } from '@jest/globals';

import { ExampleProcess } from './example-process.js';

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
});
