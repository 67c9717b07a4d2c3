import 'reflect-metadata';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Injectable, Logger, Module, type ModuleMetadata, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { once } from 'node:events';
import { type Server, get } from 'node:http';
import ts from 'typescript';
import { Signal, SignalManager } from '../../src/index.js';
import { Lifecycle } from '../../src/lifecycle/index.js';
import { Receive, SignalboxModule, type SignalboxModuleOptions } from '../../src/nestjs/index.js';
import { errorOf, rejectionOf } from '../helpers/promises.js';

Logger.overrideLogger(false);

const saved = new Signal<{ id: number }>({ name: 'saved' });
const removed = new Signal<{ id: number }>({ name: 'removed' });

/** Closed after the test. Nest calls all hooks again if it is closed twice. */
const apps: { close(): Promise<void> }[] = [];
function closedLater<A extends { close(): Promise<void> }>(app: A): A {
  apps.push(app);
  return app;
}
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

/** What the receivers have got. */
let heard: unknown[] = [];
afterEach(() => {
  heard = [];
});

@Injectable()
class Mailer {
  constructor(readonly signals: SignalManager) {}

  @Receive(saved)
  onSaved({ id }: { id: number }): void {
    heard.push([this.constructor.name, id]);
  }
}

async function compiled(metadata: ModuleMetadata, options?: SignalboxModuleOptions): Promise<TestingModule> {
  const imports = [SignalboxModule.forRoot(options), ...(metadata.imports ?? [])];
  return closedLater(await Test.createTestingModule({ ...metadata, imports }).compile());
}

/** An initialized app, and its manager. */
async function started(metadata: ModuleMetadata, options?: SignalboxModuleOptions) {
  const app = await compiled(metadata, options);
  await app.init();
  return { app, manager: app.get(SignalManager) };
}

describe('Receive', () => {
  it('connects a method with its instance when the TestingModule is initialized', async () => {
    const app = await compiled({ providers: [Mailer] });
    const { signals: manager } = app.get(Mailer);
    expect(manager.hasReceivers(saved)).toBe(false);
    await app.init();
    await manager.send(saved, { id: 1 });
    expect(heard).toEqual([['Mailer', 1]]);
    expect(saved.hasReceivers()).toBe(false);
    expect(app.get(SignalManager)).toBe(manager);
  });

  it('connects controllers, and providers of other modules', async () => {
    @Controller()
    class Pages {
      @Receive([saved, removed])
      forget({ id }: { id: number }): void {
        heard.push(['forget', id]);
      }
    }
    @Module({ providers: [Mailer], controllers: [Pages] })
    class Feature {}
    const { manager } = await started({ imports: [Feature] });
    manager.emit(saved, { id: 1 });
    manager.emit(removed, { id: 2 });
    expect(heard).toEqual([
      ['Mailer', 1],
      ['forget', 1],
      ['forget', 2],
    ]);
  });

  it('hears what is sent in any onModuleInit, and until the last onApplicationShutdown', async () => {
    @Injectable()
    class Sender {
      constructor(readonly signals: SignalManager) {}
      onModuleInit(): void {
        this.signals.emit(saved, { id: 1 });
      }
      onModuleDestroy(): void {
        this.signals.emit(saved, { id: 2 });
      }
      onApplicationShutdown(): void {
        this.signals.emit(saved, { id: 3 });
      }
    }
    const { app } = await started({ providers: [Sender, Mailer] });
    apps.splice(0);
    await app.close();
    expect(heard).toEqual([
      ['Mailer', 1],
      ['Mailer', 2],
      ['Mailer', 3],
    ]);
  });

  it('takes the options of connect, and reads an iterator once', async () => {
    @Injectable()
    class Filtered {
      @Receive(saved, { keys: ['a', 'b'].values(), key: 'c' })
      onKeys({ id }: { id: number }): void {
        heard.push(['keys', id]);
      }
      @Receive(saved, { sender: 'me', priority: 1 })
      @Receive(removed)
      first({ id }: { id: number }): void {
        heard.push(['first', id]);
      }
    }
    for (const id of [1, 2]) {
      const { manager } = await started({ providers: [Filtered] });
      for (const key of ['a', 'b', 'c', 'd']) manager.emit(saved, { id }, { key });
      manager.emit(saved, { id: 10 }, { key: 'a', sender: 'me' });
      manager.emit(removed, { id: 20 });
    }
    const rest = [
      ['first', 10],
      ['keys', 10],
      ['first', 20],
    ];
    const each = (id: number) => [['keys', id], ['keys', id], ['keys', id], ...rest];
    expect(heard).toEqual([...each(1), ...each(2)]);
  });

  it('is inherited, also by a method that overrides it', async () => {
    @Injectable()
    class Loud extends Mailer {
      override onSaved({ id }: { id: number }): void {
        heard.push(['loud', id]);
      }
    }
    class Quiet extends Mailer {}
    const { manager } = await started({ providers: [Loud, Quiet] });
    manager.emit(saved, { id: 1 });
    expect(heard).toEqual([
      ['loud', 1],
      ['Quiet', 1],
    ]);
  });

  it('calls what another decorator has put in place of the method', async () => {
    const loudly = (_target: object, _name: string, descriptor: PropertyDescriptor): void => {
      const { value } = descriptor as { value: (kwargs: object) => unknown };
      descriptor.value = function (this: object, kwargs: object) {
        heard.push('loudly');
        return value.call(this, kwargs);
      };
    };
    class Wrapped {
      @loudly
      @Receive(saved)
      onSaved({ id }: { id: number }): void {
        heard.push(id);
      }
    }
    const { manager } = await started({ providers: [Wrapped] });
    manager.emit(saved, { id: 1 });
    expect(heard).toEqual(['loudly', 1]);
  });

  it('connects an instance once that has two tokens, and none that a test replaces', async () => {
    const { manager } = await started({ providers: [Mailer, { provide: 'mailer', useExisting: Mailer }] });
    expect(manager.receivers(saved)).toHaveLength(1);

    const imports = [SignalboxModule.forRoot()];
    const module = Test.createTestingModule({ imports, providers: [Mailer] });
    const app = closedLater(await module.overrideProvider(Mailer).useValue({ onSaved: jest.fn() }).compile());
    await app.init();
    expect(app.get(SignalManager).hasReceivers(saved)).toBe(false);
  });

  it('connects the values of factories, and asks nothing of values that are no objects', async () => {
    const manager = new SignalManager();
    const factory = { provide: 'made', useFactory: () => new Mailer(manager) };
    await started({ providers: [factory, { provide: 'bare', useValue: Object.create(null) as object }] }, { manager });
    manager.emit(saved, { id: 1 });
    expect(heard).toEqual([['Mailer', 1]]);
  });

  it('skips a value whose class cannot be read', async () => {
    const trap = () => {
      throw new Error('trap');
    };
    const closed = Object.create(new Proxy({}, { ownKeys: trap })) as object;
    const { manager } = await started({ providers: [Mailer, { provide: 'closed', useValue: closed }] });
    manager.emit(saved, { id: 1 });
    expect(heard).toEqual([['Mailer', 1]]);
  });

  it.each([
    ['REQUEST', Scope.REQUEST],
    ['TRANSIENT', Scope.TRANSIENT],
  ])('keeps an app from starting whose receiver is in scope %s', async (_name, scope) => {
    @Injectable({ scope })
    class Scoped {
      @Receive(saved)
      onSaved(): void {}
    }
    const manager = new SignalManager();
    const app = await compiled({ providers: [Mailer, Scoped] }, { manager });
    expect(await rejectionOf(app.init())).toEqual(
      new TypeError('Expected receiver `Scoped` to be in scope DEFAULT with all it injects'),
    );
    expect(manager.signals()).toEqual([]);
    apps.splice(0); // Nest cannot close an app that has not started
  });

  it('keeps an app from starting whose receiver injects a provider in scope REQUEST', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class User {}
    @Injectable()
    class Scoped {
      constructor(readonly user: User) {}
      @Receive(saved)
      onSaved(): void {}
    }
    const app = await compiled({ providers: [User, Scoped] });
    expect(await rejectionOf(app.init())).toMatchObject({ message: expect.stringContaining('`Scoped`') });
    apps.splice(0);
  });

  it('connects nothing if a subclass has replaced a method by something else', async () => {
    class Silent extends Mailer {
      override onSaved = undefined as never;
    }
    const manager = new SignalManager();
    const app = await compiled({ providers: [Mailer, Silent] }, { manager });
    expect(await rejectionOf(app.init())).toEqual(new TypeError('Expected `onSaved` to be a function, got undefined'));
    expect(manager.signals()).toEqual([]);
    apps.splice(0);
  });
});

describe('Receive with bad arguments', () => {
  class Example {
    static fixed(): void {}
    onSaved(): void {}
  }
  const legacy = (target: object, name: string) => () => {
    Receive(saved)(target, name, Object.getOwnPropertyDescriptor(target, name) ?? {});
  };
  it.each<[name: string, call: () => unknown, message: string]>([
    ['no signal', () => Receive('saved' as never), 'Expected `signal` to be a symbol or an object, got string "saved"'],
    ['no signals', () => Receive([]), 'Expected `signal` to be an array of at least one signal, got array'],
    ['thisArg', () => Receive(saved, { thisArg: {} } as never), 'Unknown option `thisArg` of Receive'],
    ['a bad option', () => Receive(saved, { priority: 'high' as never }), 'Expected `priority` to be a number'],
    ['a bad filter', () => Receive(saved, { keys: 'abc' as never }), 'Expected `keys`'],
    ['a static method', legacy(Example, 'fixed'), 'Expected `context` to be that of a decorator on a public method'],
    ['a property', legacy(Example.prototype, 'missing'), 'Expected `context` to be that of a decorator on a public'],
    [
      'an unknown option of the module',
      () => SignalboxModule.forRoot({ manger: 1 } as never),
      'Unknown option `manger` of SignalboxModule.forRoot',
    ],
    ['no manager', () => SignalboxModule.forRoot({ manager: {} as never }), 'Expected `manager` to be a SignalManager'],
  ])('%s', (_name, call, message) => {
    const error = errorOf(call);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toContain(message);
  });
});

describe('Receive as a standard decorator', () => {
  const run = (members: string): new () => object => {
    const { outputText } = ts.transpileModule(`return class Standard { ${members} }`, {
      compilerOptions: { target: ts.ScriptTarget.ES2022 },
    });
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what the compiler has made of a class
    const make = new Function('Receive', 'saved', 'heard', outputText) as (...args: unknown[]) => new () => object;
    return make(Receive, saved, (id: number) => heard.push(id));
  };

  it('connects methods of instances', async () => {
    const Standard = run('@Receive(saved) onSaved({ id }) { heard(id); }');
    const { app, manager } = await started({ providers: [{ provide: 'standard', useClass: Standard }] });
    manager.emit(saved, { id: 1 });
    expect(heard).toEqual([1]);
    await app.close();
    expect(manager.hasReceivers(saved)).toBe(false);
  });

  it.each([
    '@Receive(saved) static onSaved() {}',
    '@Receive(saved) #onSaved() {}',
    '@Receive(saved) onSaved = () => {}',
  ])('rejects %s', (member) => {
    expect(errorOf(() => run(member))).toEqual(
      new TypeError('Expected `context` to be that of a decorator on a public method, got object'),
    );
  });
});

describe('the manager of an app', () => {
  it('is its own: two apps of one module do not hear each other', async () => {
    @Module({ imports: [SignalboxModule.forRoot()], providers: [Mailer] })
    class AppModule {}
    const create = () => NestFactory.createApplicationContext(AppModule);
    const [one, other] = [closedLater(await create()), closedLater(await create())];
    expect(one.get(SignalManager)).not.toBe(other.get(SignalManager));
    await one.get(SignalManager).send(saved, { id: 1 });
    expect(heard).toHaveLength(1);
    await one.close();
    await other.get(SignalManager).send(saved, { id: 2 });
    expect(heard).toHaveLength(2);
  });

  it('is closed with the app, after the calls in progress', async () => {
    let finish: () => void = () => undefined;
    class Slow {
      @Receive(saved)
      async onSaved(): Promise<void> {
        await new Promise<void>((resolve) => (finish = resolve));
        heard.push('done');
      }
    }
    const { app, manager } = await started({ providers: [Slow] });
    manager.emit(saved, { id: 1 });
    const closing = app.close().then(() => heard.push('closed'));
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    await closing;
    expect(heard).toEqual(['done', 'closed']);
    expect(errorOf(() => manager.emit(saved, { id: 2 }))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });

  it('stays open and keeps its other receivers if it is given', async () => {
    const manager = new SignalManager();
    const other = jest.fn();
    manager.connect(other, saved);
    const { app } = await started({ providers: [Mailer] }, { manager });
    expect(manager.receivers(saved)).toHaveLength(2);
    await app.close();
    expect(manager.receivers(saved)).toEqual([other]);
  });

  it('is closed with an app that a Lifecycle closes', async () => {
    const { app, manager } = await started({ providers: [Mailer] });
    const lifecycle = new Lifecycle();
    void lifecycle.add(
      'nest',
      () => app,
      () => app.close(),
    );
    await lifecycle.start();
    await lifecycle.stop();
    expect(errorOf(() => manager.emit(saved, { id: 2 }))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });
});

describe('a server of Nest', () => {
  @Controller()
  class Books {
    constructor(readonly signals: SignalManager) {}
    @Get('books')
    async list(): Promise<string> {
      heard.push('asked');
      await this.signals.wait(removed);
      await this.signals.send(saved, { id: 7 });
      return 'books';
    }
  }

  async function serving() {
    const imports = [SignalboxModule.forRoot()];
    const module = await Test.createTestingModule({ imports, providers: [Mailer], controllers: [Books] }).compile();
    const app = closedLater(module.createNestApplication());
    await app.listen(0, '127.0.0.1');
    return { app, manager: app.get(SignalManager), url: `${await app.getUrl()}/books` };
  }

  /** Requests the books, and closes the app while the answer waits for `removed`. */
  async function closedMeanwhile(begin: (app: Awaited<ReturnType<typeof serving>>['app']) => Promise<unknown>) {
    const { app, manager, url } = await serving();
    const answer = once(get(url, { agent: false }), 'response');
    while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closing = begin(app);
    await new Promise((resolve) => setImmediate(resolve));
    manager.emit(removed, { id: 1 });
    const [{ statusCode }] = (await answer) as [{ readonly statusCode: number }];
    await closing;
    expect([statusCode, heard]).toEqual([200, ['asked', ['Mailer', 7]]]);
    expect((app.getHttpServer() as Server).listening).toBe(false);
    expect(errorOf(() => manager.emit(saved, { id: 2 }))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  }

  it('answers the requests in progress with its receivers connected', async () => {
    await closedMeanwhile((app) => app.close());
  });

  it('is stopped by a process signal', async () => {
    const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
    await closedMeanwhile(async (app) => {
      app.enableShutdownHooks(['SIGTERM']);
      process.emit('SIGTERM', 'SIGTERM');
      while (kill.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    });
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]);
    kill.mockRestore();
    apps.splice(0);
  });
});
