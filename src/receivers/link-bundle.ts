import { type Link, isThere } from './link.js';

/** Several links of one receiver, in any order. The removed ones are swept from time to time. */
export class LinkBundle {
  #items: Link[] = [];
  #there = 0;
  #strong = 0;

  constructor(...links: readonly Link[]) {
    for (const link of links) this.add(link);
  }

  /** Perhaps with removed ones among them. */
  get unordered(): readonly Link[] {
    return this.#items;
  }

  /** One that has not been removed. The removed ones before it are swept. */
  get any(): Link | undefined {
    const items = this.#items;
    while (items[0]?.count === 0) {
      const last = items.pop();
      if (last !== undefined && items.length > 0) items[0] = last;
    }
    return items[0];
  }

  /** Whether one of them is not weak. */
  get isStrong(): boolean {
    return this.#strong > 0;
  }

  add(link: Link): void {
    this.#items.push(link);
    this.#there += 1;
    if (!link.weak) this.#strong += 1;
  }

  /** To be called once, when a link has died. @returns The number of the remaining ones. */
  removed(link: Link): number {
    this.#there -= 1;
    if (!link.weak) this.#strong -= 1;
    if (this.#items.length > 2 * this.#there + 8) this.#items = this.#items.filter(isThere);
    return this.#there;
  }
}
