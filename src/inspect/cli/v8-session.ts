import WebSocket from 'ws';
import { httpGet } from './http-get.js';

interface V8Answer {
  readonly id: number;
  readonly error?: { readonly message: string };
  readonly result?: {
    readonly result?: { readonly value?: unknown };
    readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
  };
}

/** Returns the address of the one target of V8's inspector at a port. */
export async function v8TargetAt(port: number): Promise<string> {
  const text = await httpGet(new URL(`http://127.0.0.1:${port}/json/list`));
  const [target] = JSON.parse(text) as readonly { readonly webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error("V8's inspector has no target");
  return target.webSocketDebuggerUrl;
}

/** A connection to V8's inspector of another process. */
export class V8Session {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: V8Answer) => void>();
  #lastId = 0;

  static async open(target: string): Promise<V8Session> {
    const socket = new WebSocket(target);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve()).once('error', reject);
    });
    return new V8Session(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const answer = JSON.parse(data.toString()) as V8Answer;
      this.#answers.get(answer.id)?.(answer);
    });
    const lost = { message: 'the process has ended, or has closed the connection' };
    socket.on('close', () => {
      for (const [id, take] of this.#answers) take({ id, error: lost });
    });
    socket.on('error', () => socket.terminate());
  }

  /** Evaluates an expression and awaits its value. @throws What it throws; an error after the time limit. */
  evaluate(expression: string, timeoutMs: number): Promise<unknown> {
    const id = ++this.#lastId;
    const params = { expression, awaitPromise: true, returnByValue: true, includeCommandLineAPI: true };
    return new Promise((resolve, reject) => {
      const end = ({ error, result }: V8Answer): void => {
        clearTimeout(timer);
        this.#answers.delete(id);
        const thrown = result?.exceptionDetails;
        if (error !== undefined) reject(new Error(error.message));
        else if (thrown !== undefined)
          reject(new Error(thrown.exception?.description?.replace(/^Error: /, '') ?? thrown.text));
        else resolve(result?.result?.value);
      };
      const timer = setTimeout(
        () => end({ id, error: { message: 'the process is busy and does not answer' } }),
        timeoutMs,
      );
      this.#answers.set(id, end);
      this.#socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    });
  }

  close(): void {
    this.#socket.terminate();
  }
}
