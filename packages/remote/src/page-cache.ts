import { LRUCache } from "lru-cache";
import type { PageSpan } from "./coalesce.js";
import type { Flight } from "./flight.js";

/**
 * Bytes in a page, the unit of the memory cache: large enough that a page costs a server no more
 * than a row of an image would, small enough that a cutout does not drag in much else.
 */
export const pageBytes: number = 64 * 1024;

/** Pages by their index in the file. The last page of a file is filled only as far as that goes. */
export type Pages = ReadonlyMap<number, Uint8Array>;

/** Makes pages of bytes that come in order, allocating each only when its first byte is there. */
export class PageCollector {
  readonly #pages = new Map<number, Uint8Array>();

  get pages(): Pages {
    return this.#pages;
  }

  /** Takes the next bytes; bound, to be passed on. */
  readonly write = (offset: number, bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) {
      const index = Math.floor((offset + done) / pageBytes);
      const within = offset + done - index * pageBytes;
      const part = bytes.subarray(done, done + pageBytes - within);
      this.#page(index).set(part, within);
      done += part.length;
    }
  };

  #page(index: number): Uint8Array {
    const known = this.#pages.get(index);
    if (known !== undefined) return known;
    const page = new Uint8Array(pageBytes);
    this.#pages.set(index, page);
    return page;
  }
}

/**
 * The pages of all files of a client: those at hand, least recently used out first, and those on
 * their way. `file` is a key that names one version of one file.
 */
export class PageCache {
  readonly #pages: LRUCache<string, Uint8Array>;
  readonly #flights = new Map<string, Flight<Pages>>();

  constructor(limitBytes: number) {
    // To the LRU a size of 0 means no limit; 1 is too small for any page, which is what 0 should be.
    const maxSize = Math.max(1, limitBytes);
    this.#pages = new LRUCache({ maxSize, sizeCalculation: (page) => page.length });
  }

  get(file: string, page: number): Uint8Array | undefined {
    return this.#pages.get(`${page} ${file}`);
  }

  put(file: string, pages: Pages): void {
    for (const [index, page] of pages) this.#pages.set(`${index} ${file}`, page);
  }

  /** The request under way that will bring the page. */
  flight(file: string, page: number): Flight<Pages> | undefined {
    const flight = this.#flights.get(`${page} ${file}`);
    return flight?.isOver === true ? undefined : flight;
  }

  /** Tells other readers that `flight` will bring the pages of `span`. */
  announce(file: string, span: PageSpan, flight: Flight<Pages>): void {
    const keys = Array.from({ length: span.count }, (_, i) => `${span.first + i} ${file}`);
    for (const key of keys) this.#flights.set(key, flight);
    void flight.settled.then(() => {
      for (const key of keys) if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
  }

  clear(): void {
    this.#pages.clear();
  }
}
