import { describe, expect, it } from '@jest/globals';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { SignalBus } from '../src/bus/index.js';
import { Signal, SignalManager } from '../src/index.js';
import { errorOf } from './helpers/promises.js';

const signals = new SignalManager();
const started = new Signal({ manager: signals });
const bus = new SignalBus({ manager: signals });

const decorators = [
  'signals.connectVia(started)',
  'started.connectVia()',
  "bus.publisher('topic')",
  "bus.subscriber('topic')",
  "bus.batchSubscriber('topic')",
  'bus.periodicTask({ periodMs: 1_000 })',
  'bus.inject({})',
];

const options = { experimentalDecorators: true };
const compilers = {
  TypeScript: (source: string) =>
    ts.transpileModule(source, { compilerOptions: { ...options, target: ts.ScriptTarget.ES2022 } }).outputText,
  esbuild: (source: string) => transformSync(source, { loader: 'ts', tsconfigRaw: { compilerOptions: options } }).code,
};

function run(source: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what a compiler has made of a class
  const compiled = new Function('signals', 'started', 'bus', source) as (...args: unknown[]) => unknown;
  return compiled(signals, started, bus);
}

describe.each(Object.entries(compilers))('a legacy decorator, compiled by %s', (_name, compile) => {
  describe.each(decorators)('%s', (decorator) => {
    it.each([
      ['method', 'method() {}', 'string "method"'],
      ['static method', 'static method() {}', 'string "method"'],
      ['method named by a symbol', '[Symbol.iterator]() {}', 'Symbol(Symbol.iterator)'],
      ['property', 'property = () => undefined', 'string "property"'],
    ])('on a %s is rejected with the cause and the way out', (_kind, member, came) => {
      expect(errorOf(() => run(compile(`class Example { @${decorator} ${member} }`)))).toEqual(
        new TypeError(
          `Expected \`context\` to be that of a standard decorator on a method, got ${came}; legacy decorators ` +
            '(`experimentalDecorators`) are not supported: turn that option off, or call the decorator in the ' +
            'constructor, with `this.method.bind(this)`',
        ),
      );
      expect(signals.signals()).toEqual([]);
    });

    it('works in the constructor, as the error says', () => {
      const source = `
        class Example {
          constructor() { this.method = ${decorator}(this.method.bind(this)); }
          method() { return this; }
        }
        const example = new Example();
        return typeof example.method === 'function';`;
      expect(run(source)).toBe(true);
      signals.disconnectAll();
    });
  });
});
