/**
 * The examples of asyncio_dispatch's documentation (seed documents 000 and 001). Names in full apart, each program is
 * the document's, and prints what the document prints.
 *
 * The documents show two things shorter than their own programs print them, and here they are as printed: a rule is 50
 * dashes, and two spaces follow `message=`. Where they show a set or a dict in Python's arbitrary order, the order here
 * is that of insertion; and receivers, called in arbitrary order there, are called in the order they connected (R9).
 */
import { afterEach, describe, expect, it } from '@jest/globals';

import { sharedManager, Signal, type SendContext } from '../../src/index.js';
import { createPrinter, reprDict, reprSet } from './python.js';

const RULE = '-'.repeat(50);

afterEach(() => {
  sharedManager().disconnectAll();
});

describe('asyncio_dispatch: basic example', () => {
  it('prints what the document prints', async () => {
    const { print, lines } = createPrinter();

    function receiver(): void {
      print('callback was called!');
    }

    const signal = new Signal();
    signal.connect(receiver);
    print('sending the signal.');
    await signal.send();

    expect(lines).toEqual(['sending the signal.', 'callback was called!']);
  });

  it('prints the same with async functions', async () => {
    const { print, lines } = createPrinter();

    async function receiver(): Promise<void> {
      print('callback was called!');
    }

    async function connectAndSendSignal(signal: Signal, connected: () => Promise<void>): Promise<void> {
      signal.connect(connected);
      print('sending the signal.');
      await signal.send();
    }

    await connectAndSendSignal(new Signal(), receiver);

    expect(lines).toEqual(['sending the signal.', 'callback was called!']);
  });
});

describe('asyncio_dispatch: multiple types of callables', () => {
  it('prints what the document prints, in the order of connecting (R2, R9)', async () => {
    const { print, lines } = createPrinter();

    function callback1(): void {
      print('callback1 was called');
    }

    function callback2(): Promise<void> {
      print('callback2 was called');
      return Promise.resolve();
    }

    async function callback3(): Promise<void> {
      print('callback3 was called');
    }

    class Test {
      callback4(): void {
        print('callback4 was called');
      }

      callback5(): Promise<void> {
        print('callback5 was called');
        return Promise.resolve();
      }

      async callback6(): Promise<void> {
        print('callback6 was called');
      }

      /** A Python class method is given the class; here it is `this`. */
      static callback7(this: typeof Test): void {
        if (this === Test) print('callback7 was called');
      }

      static callback8(): void {
        print('callback8 was called');
      }
    }

    const signal = new Signal();
    const test = new Test();

    signal.connect(callback1);
    signal.connect(callback2);
    signal.connect(callback3);
    signal.connect(test.callback4, { thisArg: test });
    signal.connect(test.callback5, { thisArg: test });
    signal.connect(test.callback6, { thisArg: test });
    signal.connect(Test.callback7, { thisArg: Test });
    signal.connect(Test.callback8);

    await signal.send();

    expect(lines).toEqual([
      'callback1 was called',
      'callback2 was called',
      'callback3 was called',
      'callback4 was called',
      'callback5 was called',
      'callback6 was called',
      'callback7 was called',
      'callback8 was called',
    ]);
  });
});

describe('asyncio_dispatch: example with kwargs', () => {
  it('prints what the document prints (R10, R11)', async () => {
    const { print, lines } = createPrinter();

    const SIGNAL = new Signal({ defaults: { myKwarg: 'default', payload: {} } });

    function receiver(
      { myKwarg, payload }: { myKwarg: string; payload: object },
      { signal, senders, keys }: SendContext,
    ): void {
      print();
      print(RULE);

      if (SIGNAL === signal) print('signals match as expected!');

      print('senders=', reprSet(senders));
      print('keys=', reprSet(keys));
      print(`my_kwarg= ${myKwarg}`);
      print(`payload= ${reprDict(payload)}`);
    }

    SIGNAL.connect(receiver);
    await SIGNAL.send();
    await SIGNAL.send({
      myKwarg: 'changed with send',
      payload: { anything: 'a dict can hold!', really: 'powerfull' },
    });

    expect(lines).toEqual([
      '',
      RULE,
      'signals match as expected!',
      'senders= set()',
      'keys= set()',
      'my_kwarg= default',
      'payload= {}',
      '',
      RULE,
      'signals match as expected!',
      'senders= set()',
      'keys= set()',
      'my_kwarg= changed with send',
      "payload= {'anything': 'a dict can hold!', 'really': 'powerfull'}",
    ]);
  });
});

describe('asyncio_dispatch: selective examples', () => {
  it('prints the transcript of the document, line by line (R5, R9)', async () => {
    const { print, lines } = createPrinter();

    interface Message {
      message: string | null;
    }

    class Somebody {
      messageReceived({ message }: Message, { signal, senders, keys }: SendContext): void {
        print(RULE);
        print(`${this.toString()} received a message`);
        print(RULE);
        if (signal === SIGNAL1) print('SIGNAL #1 received');
        else if (signal === SIGNAL2) print('SIGNAL #2 received');

        print('senders=', reprSet(senders));
        print('keys=', reprSet(keys));
        print('message= ', message);
      }

      toString(): string {
        return this.constructor.name;
      }
    }

    class Mike extends Somebody {}
    class Ashley extends Somebody {}

    const mike = new Mike();
    const ashley = new Ashley();

    const SIGNAL1 = new Signal<Message>({ defaults: { message: null } });
    const SIGNAL2 = new Signal<Message>({ defaults: { message: null } });

    SIGNAL1.connect(mike.messageReceived, { thisArg: mike, sender: ashley, keys: ['important', 'books'] });
    SIGNAL2.connect(mike.messageReceived, { thisArg: mike, keys: ['logs'] });
    SIGNAL1.connect(ashley.messageReceived, { thisArg: ashley, sender: mike, keys: ['love-notes', 'music'] });
    SIGNAL2.connect(ashley.messageReceived, { thisArg: ashley, keys: ['alert'] });

    await Promise.all([
      // no sender, no key: nobody is called
      SIGNAL1.send({ message: 'nobody is listening' }),
      SIGNAL2.send({ message: 'nobody is listening' }),
      // matched by sender
      SIGNAL1.send({ message: 'hello Mike!' }, { sender: ashley }),
      SIGNAL1.send({ message: 'hello Ashley!' }, { sender: mike }),
      // matched by key
      SIGNAL1.send({ message: 'important message for Mike' }, { key: 'important' }),
      SIGNAL2.send({ message: 'alert for Ashley' }, { key: 'alert' }),
      // one key for each of them
      SIGNAL1.send({ message: 'Mike is waiting for books, Ashley for love-notes' }, { keys: ['books', 'love-notes'] }),
      // several keys of one receiver: one call
      SIGNAL1.send(
        { message: 'Mike is subscribed to three matching keys, but only one message is sent!' },
        { keys: ['important', 'books', 'logs'] },
      ),
    ]);

    expect(lines).toEqual([
      RULE,
      'Mike received a message',
      RULE,
      'SIGNAL #1 received',
      'senders= {Ashley}',
      'keys= set()',
      'message=  hello Mike!',
      RULE,
      'Ashley received a message',
      RULE,
      'SIGNAL #1 received',
      'senders= {Mike}',
      'keys= set()',
      'message=  hello Ashley!',
      RULE,
      'Mike received a message',
      RULE,
      'SIGNAL #1 received',
      'senders= set()',
      "keys= {'important'}",
      'message=  important message for Mike',
      RULE,
      'Ashley received a message',
      RULE,
      'SIGNAL #2 received',
      'senders= set()',
      "keys= {'alert'}",
      'message=  alert for Ashley',
      RULE,
      'Mike received a message',
      RULE,
      'SIGNAL #1 received',
      'senders= set()',
      "keys= {'books', 'love-notes'}",
      'message=  Mike is waiting for books, Ashley for love-notes',
      RULE,
      'Ashley received a message',
      RULE,
      'SIGNAL #1 received',
      'senders= set()',
      "keys= {'books', 'love-notes'}",
      'message=  Mike is waiting for books, Ashley for love-notes',
      RULE,
      'Mike received a message',
      RULE,
      'SIGNAL #1 received',
      'senders= set()',
      "keys= {'important', 'books', 'logs'}",
      'message=  Mike is subscribed to three matching keys, but only one message is sent!',
    ]);
  });
});
