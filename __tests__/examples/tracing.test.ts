import { expect, it } from '@jest/globals';
import { ExampleProcess } from './example-process.js';

it('examples/tracing prints one trace over three threads of two processes', async () => {
  expect(await new ExampleProcess('tracing/main.js').exit).toEqual({
    exitCode: 0,
    lines: [
      'the client gets: charge 1, label 1, parcel 1',
      'POST /orders in the shop',
      '  send ordered in the shop',
      '    process ordered in the printer',
      '      receive ordered (printLabel) in the printer',
      '    process ordered in the warehouse',
      '      receive ordered (pack) in the warehouse',
      '    receive ordered (charge) in the shop',
      '      publish mails in the shop',
      '        process mails (sendMail) in the shop',
    ],
    stderr: '',
  });
});
