/** Defines extensions, and loads those of a crawler. */
import type { Crawler } from './crawler.js';

export interface ExtensionClass {
  readonly name: string;
  /**
   * Makes the extension for this crawler: takes its settings, connects its receivers. Its connections keep it alive.
   *
   * @throws {@link NotConfigured} when the settings leave the extension nothing to do.
   */
  fromCrawler(crawler: Crawler): object;
}

/** Thrown by `fromCrawler`: the crawl goes on without this extension. */
export class NotConfigured extends Error {
  override readonly name = 'NotConfigured';
}

/** Loads the extensions of the settings in the order of their numbers, which is then the order their receivers run in. */
export function loadExtensions(crawler: Crawler): void {
  for (const extension of inOrder(crawler.settings.extensions)) {
    try {
      extension.fromCrawler(crawler);
    } catch (error) {
      if (!(error instanceof NotConfigured)) throw error;
      crawler.settings.log(`${extension.name} is left out: ${error.message}`);
    }
  }
}

function inOrder(extensions: ReadonlyMap<ExtensionClass, number | null>): ExtensionClass[] {
  const numbered: { extension: ExtensionClass; order: number }[] = [];
  for (const [extension, order] of extensions) {
    if (order !== null) numbered.push({ extension, order });
  }
  return numbered.sort((first, second) => first.order - second.order).map(({ extension }) => extension);
}
