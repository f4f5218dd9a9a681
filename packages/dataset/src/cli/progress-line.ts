import type { CatalogueProgress } from "../catalogue/scan-files.js";

const pauseMs = 200;

/** A line of standard error that says how far a scan is, where a person can see it. */
export class ProgressLine implements Disposable {
  #last = performance.now();
  #shown = "";

  readonly show = ({ rowsRead, rowsTotal, hits }: CatalogueProgress): void => {
    const now = performance.now();
    const isSeen = process.stderr.isTTY && process.env["TERM"] !== "dumb";
    if (!isSeen || now - this.#last < pauseMs) return;
    this.#last = now;
    const percent = rowsTotal === 0 ? 100 : Math.floor((100 * rowsRead) / rowsTotal);
    this.#shown = `${percent} % of ${rowsTotal} rows, ${hits} found`;
    process.stderr.write(`\r${this.#shown}`);
  };

  /** Takes the line away. */
  [Symbol.dispose](): void {
    if (this.#shown !== "") process.stderr.write(`\r${" ".repeat(this.#shown.length)}\r`);
  }
}
