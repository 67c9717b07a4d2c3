import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';

// What tests read on the page of the inspector.

export const table = (tab: Page, name: string): Locator => tab.getByRole('table', { name, exact: true });
export const rowsOf = (tab: Page, name: string): Locator => table(tab, name).locator('tr[data-id]');

/** Each row as the texts of its cells, by column. */
export function cells(tab: Page, name: string): Promise<Partial<Record<string, string>>[]> {
  return rowsOf(tab, name).evaluateAll((rows) =>
    rows.map((row) =>
      Object.fromEntries<string>(
        [...row.querySelectorAll('td')].map((cell) => [cell.dataset['title'] ?? '', cell.textContent.trim()]),
      ),
    ),
  );
}

/** The texts of one column. */
export async function column(tab: Page, name: string, title: string): Promise<string[]> {
  return (await cells(tab, name)).map((row) => row[title] ?? '');
}

/** Tries again until it succeeds: the page draws when it gets round to it. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await check();
      return;
    } catch (error) {
      if (attempt === 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export const select = (tab: Page, name: string, text: string): Promise<void> =>
  rowsOf(tab, name).filter({ hasText: text }).first().click();

/** What axe finds, contrast below WCAG AA included. */
export async function faultsOf(tab: Page): Promise<string[]> {
  await tab.evaluate(axe.source);
  return tab.evaluate(async () => {
    const injected = (globalThis as unknown as { readonly axe: typeof axe }).axe;
    const { violations } = await injected.run();
    return violations.map(({ id, nodes }) => {
      const examples = nodes.map(({ html }) => html).slice(0, 3);
      return `${id}: ${examples.join(' ')}`;
    });
  });
}
