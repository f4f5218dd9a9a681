/** A group takes no more memory than this: enough that handing it to a thread costs nothing beside. */
const groupBytes = 4 * 1024 ** 2;
/** Batches of a group, at most: those of few bytes are many. */
const mostBatches = 64;
/** Groups under way take no more of the budget than this part. */
const budgetShare = 0.5;
/**
 * A group that took less than this, in milliseconds, is followed by a larger one. Waking a thread
 * takes about 0.05, and a batch of small cutouts not much more.
 */
const briefGroup = 10;

/**
 * How far ahead of the consumer batches are made, and how many of them in one go. Groups start with
 * one batch, so that the first comes soon, and grow while they take no time.
 */
export class Prefetch {
  readonly #underWay: number | undefined;
  readonly #groupsUnderWay: number;
  readonly #largest: number;
  #size = 1;

  /**
   * @param wanted Batches under way at most, where the user says so.
   * @param groups Groups under way otherwise.
   */
  constructor(
    wanted: number | undefined,
    groups: number,
    {
      slotBytes,
      memory,
      takesGroups,
    }: { readonly slotBytes: number; readonly memory: number; readonly takesGroups: boolean },
  ) {
    this.#underWay = wanted;
    this.#groupsUnderWay = groups;
    const bytes = Math.min(groupBytes, (budgetShare * memory) / groups);
    // Two groups at least are under way, so that one is made while the other is used.
    const most = Math.min(
      mostBatches,
      bytes / slotBytes,
      wanted === undefined ? Infinity : wanted / 2,
    );
    this.#largest = takesGroups ? Math.max(1, Math.floor(most)) : 1;
  }

  /** Batches of the next group. */
  get groupSize(): number {
    return this.#size;
  }

  /** Batches under way beside the one in use. */
  get batches(): number {
    return this.#underWay ?? this.#groupsUnderWay * this.#size;
  }

  /** The most that {@link batches} can become. */
  get mostBatches(): number {
    return this.#underWay ?? this.#groupsUnderWay * this.#largest;
  }

  /** A group of so many batches was made in so many milliseconds. */
  made(batches: number, ms: number): void {
    if (ms >= briefGroup || batches < this.#size) return;
    this.#size = Math.min(this.#largest, 2 * this.#size);
  }
}
