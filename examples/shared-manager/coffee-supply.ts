/** Orders more coffee. Other articles are not its business, so it connects with a key. */
import { stockLow } from './signals.js';

stockLow.connect(
  function orderMoreCoffee({ left }: { left: number }): void {
    console.log(`coffee supply: only ${left} left, ordering more`);
  },
  { key: 'coffee' },
);
