import type { SignalToken } from '../../index.js';
import { isCollectable } from './identities.js';

/** A map by signals that keeps none of them alive. Registered symbols are never collected. */
export class TokenMap<V> {
  readonly #collectable = new WeakMap<object, V>();
  readonly #registered = new Map<SignalToken, V>();

  get(token: SignalToken): V | undefined {
    return isCollectable(token) ? this.#collectable.get(token) : this.#registered.get(token);
  }

  set(token: SignalToken, value: V): void {
    if (isCollectable(token)) this.#collectable.set(token, value);
    else this.#registered.set(token, value);
  }

  delete(token: SignalToken): void {
    if (isCollectable(token)) this.#collectable.delete(token);
    else this.#registered.delete(token);
  }
}
