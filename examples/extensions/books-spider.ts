/** Defines the first request and the items of a page: here, the books of a small bookshop. */
import { parse } from 'node-html-parser';

export interface Book {
  readonly title: string;
  readonly author: string;
  readonly price: string;
}

export interface ParsedPage {
  readonly items: readonly Book[];
  /** absolute addresses */
  readonly links: readonly string[];
}

export interface Spider {
  readonly name: string;
  readonly startUrl: string;
  parse(url: string, html: string): ParsedPage;
}

export class BooksSpider implements Spider {
  readonly name = 'books';
  readonly startUrl: string;

  constructor(startUrl: string) {
    this.startUrl = startUrl;
  }

  parse(url: string, html: string): ParsedPage {
    const page = parse(html);
    const items = page.querySelectorAll('article.book').map((book) => ({
      title: book.querySelector('h2')?.text ?? '',
      author: book.querySelector('.author')?.text ?? '',
      price: book.querySelector('.price')?.text ?? '',
    }));
    const links = page.querySelectorAll('a[href]').map((link) => new URL(link.getAttribute('href') ?? '', url).href);
    return { items, links };
  }
}
