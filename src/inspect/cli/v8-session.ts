import { httpGet } from './http-get.js';
import { TextSocket } from './text-socket.js';

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
  readonly #socket: TextSocket;
  readonly #answers: Map<number, (answer: V8Answer) => void>;
  #lastId = 0;

  static async open(target: string): Promise<V8Session> {
    const answers = new Map<number, (answer: V8Answer) => void>();
    const onText = (text: string): void => {
      const answer = JSON.parse(text) as V8Answer;
      answers.get(answer.id)?.(answer);
    };
    const lost = { message: 'the process has ended, or has closed the connection' };
    const onClose = (): void => {
      for (const [id, take] of answers) take({ id, error: lost });
    };
    return new V8Session(await TextSocket.open(target, onText, onClose), answers);
  }

  private constructor(socket: TextSocket, answers: Map<number, (answer: V8Answer) => void>) {
    this.#socket = socket;
    this.#answers = answers;
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
    this.#socket.close();
  }
}
