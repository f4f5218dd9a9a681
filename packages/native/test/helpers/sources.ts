import { type ByteRange, type ByteSource, MemorySource, type ReadOptions } from "@fitstream/native";

/** Bytes that are no local file, as those of a server are; notes every read. */
export class CountingSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  readonly reads: (readonly ByteRange[])[] = [];
  closed = 0;
  readonly #source: MemorySource;

  constructor(bytes: Uint8Array, name = "counted.fits") {
    this.name = name;
    this.byteLength = bytes.length;
    this.#source = new MemorySource(bytes, name);
  }

  get ranges(): readonly ByteRange[] {
    return this.reads.flat();
  }

  get bytesRead(): number {
    return this.ranges.reduce((n, range) => n + range.length, 0);
  }

  /** Forgets the reads so far. */
  reset(): void {
    this.reads.length = 0;
  }

  async readInto(
    ranges: readonly ByteRange[],
    target: Uint8Array,
    options?: ReadOptions,
  ): Promise<void> {
    this.reads.push(ranges);
    await this.#source.readInto(ranges, target, options);
  }

  async close(): Promise<void> {
    this.closed += 1;
    await this.#source.close();
  }
}

/** Never answers reads of what lies at or behind byte `from`; an abort ends them. */
export class StallingSource extends CountingSource {
  /** Resolves when a read has begun that is not answered. */
  readonly stalled: Promise<void>;
  readonly #from: number;
  #stall: () => void = () => {};

  constructor(bytes: Uint8Array, from: number) {
    super(bytes);
    this.#from = from;
    this.stalled = new Promise((resolve) => {
      this.#stall = resolve;
    });
  }

  override async readInto(
    ranges: readonly ByteRange[],
    target: Uint8Array,
    options: ReadOptions = {},
  ): Promise<void> {
    const { signal } = options;
    if (ranges.every(({ offset, length }) => offset + length <= this.#from)) {
      return super.readInto(ranges, target, options);
    }
    this.reads.push(ranges);
    await new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#stall();
    });
  }
}
