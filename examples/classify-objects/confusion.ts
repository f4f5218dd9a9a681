import { FitsTable } from "@fitstream/table";

/** How often each class was taken for each. */
export class Confusion {
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Rows: the true class; columns: the predicted one. */
  readonly counts: readonly (readonly number[])[];

  /** @param truth Positions among `classes`, as `predicted`. */
  constructor(classes: readonly string[], truth: ArrayLike<number>, predicted: ArrayLike<number>) {
    const counts = classes.map(() => classes.map(() => 0));
    for (let i = 0; i < truth.length; ++i) {
      const row = counts[truth[i] ?? -1];
      const guess = predicted[i] ?? -1;
      if (row !== undefined) row[guess] = (row[guess] ?? 0) + 1;
    }
    this.classes = classes;
    this.counts = counts;
  }

  /** Part of the objects whose class was found. */
  get accuracy(): number {
    const all = this.counts.flat().reduce((a, b) => a + b, 0);
    return this.counts.reduce((sum, row, i) => sum + (row[i] ?? 0), 0) / all;
  }

  /** Of the objects of a class, the part that was found: completeness. */
  recall(i: number): number {
    const row = this.counts[i] ?? [];
    return (row[i] ?? 0) / row.reduce((a, b) => a + b, 0);
  }

  /** Of the objects that were taken for a class, the part that is of it: purity. NaN without any. */
  precision(i: number): number {
    const column = this.counts.map((row) => row[i] ?? 0);
    return (column[i] ?? 0) / column.reduce((a, b) => a + b, 0);
  }

  /** The mean of the recalls: a guess gets 1 in as many as there are classes, whatever the prior. */
  get balancedAccuracy(): number {
    return this.classes.reduce((sum, _, i) => sum + this.recall(i), 0) / this.classes.length;
  }

  /** For people: counts, recall and precision. */
  toTable(): FitsTable {
    const predicted = this.classes.map(
      (name, j) => [`as ${name}`, Int32Array.from(this.counts, (row) => row[j] ?? 0)] as const,
    );
    return FitsTable.of({
      "true class": this.classes,
      ...Object.fromEntries(predicted),
      recall: this.classes.map((_, i) => this.recall(i)),
      precision: this.classes.map((_, i) => this.precision(i)),
    });
  }
}
