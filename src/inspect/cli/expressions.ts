// The code that the command evaluates in another process. It loads the CommonJS copy of the library, because ESM cannot
// be loaded there, even if the process has loaded that. All copies share the running inspector.

/** Returns the url of the running inspector, or starts one. */
export const START = `(async () => {
  const running = globalThis[Symbol.for('signalbox@1')]?.get('inspectors')?.job;
  if (running !== undefined) return running.url;
  const { createRequire } = require('node:module');
  const bases = [process.argv[1], process.cwd() + '/'].filter((base) => base !== undefined);
  const found = bases.flatMap((base) => {
    try {
      return [createRequire(base).resolve('signalbox/inspect')];
    } catch {
      return [];
    }
  });
  if (found.length === 0) {
    throw new Error('signalbox cannot be found from the main module or the working directory of process ' + process.pid);
  }
  const asked = (globalThis[Symbol.for('signalbox@1/asked')] = { givenUp: false });
  const inspector = await createRequire(found[0])(found[0]).inspect({ onReady: null });
  delete globalThis[Symbol.for('signalbox@1/asked')];
  if (asked.givenUp) await inspector.close();
  return inspector.url;
})()`;

/** Ends an inspector that START has not started in time, as soon as it runs. */
export const GIVE_UP = `(() => {
  const asked = globalThis[Symbol.for('signalbox@1/asked')];
  if (asked !== undefined) asked.givenUp = true;
})()`;

export const CLOSE = `(async () => {
  const running = globalThis[Symbol.for('signalbox@1')]?.get('inspectors')?.job;
  if (running === undefined) throw new Error('no inspector runs in process ' + process.pid);
  await running.close();
})()`;

/** Closes V8's inspector, which waits until its last connection is closed. `require` is there only meanwhile. */
export const CLOSE_V8 = `void setImmediate(require('node:inspector').close)`;
