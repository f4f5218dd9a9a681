import type { ByteSource, ReadOptions } from "./byte-source.js";
import { withCancelFlag } from "./cancel.js";
import { byteSizeOf, bytesOf, type NdArray } from "./dtype.js";
import { PlainHdu } from "./image.js";
import { allocate } from "./memory.js";
import type { RawHdu } from "./raw/hdu.js";
import type { RawLayout } from "./raw/image.js";

/** A parameter of random groups. */
export interface GroupParameter {
  /** PTYPEn; "" where there is none. Names may come twice: the values are then to be added up. */
  readonly name: string;
  /** PSCALn. Default 1. */
  readonly scale: number;
  /** PZEROn. Default 0. */
  readonly zero: number;
}

/**
 * Random groups: deprecated since 1994, still met in radio archives. Each group is an array, and
 * parameters that say where it was measured. Reads like an image whose first axis is the group:
 * {@link shape} is `[GCOUNT, ..., NAXIS3, NAXIS2]`.
 *
 * @see FITS Standard 4.0, section 6
 */
export class GroupsHdu extends PlainHdu {
  readonly kind = "groups" as const;
  /** GCOUNT. */
  readonly groups: number;
  /** PCOUNT: parameters of each group. */
  readonly parameterCount: number;

  constructor(raw: RawHdu, source: ByteSource) {
    super(raw, source, [raw.gcount, ...raw.shape.slice(0, -1)]);
    this.groups = raw.gcount;
    this.parameterCount = raw.pcount;
  }

  /** What the parameters are, in the order of the second axis of {@link readParameters}. */
  async parameters(options?: ReadOptions): Promise<readonly GroupParameter[]> {
    const header = await this.header(options);
    const number = (keyword: string, otherwise: number): number => {
      const value = header.get(keyword);
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : otherwise;
    };
    return Array.from({ length: this.parameterCount }, (_, i) => ({
      name: String(header.get(`PTYPE${i + 1}`) ?? ""),
      scale: number(`PSCAL${i + 1}`, 1),
      zero: number(`PZERO${i + 1}`, 0),
    }));
  }

  /**
   * Reads the parameters of all groups: `PSCALn * stored + PZEROn`, in float64 arithmetic.
   *
   * @returns `[GCOUNT, PCOUNT]`, in memory of its own.
   * @throws As {@link read}.
   */
  async readParameters(options: ReadOptions = {}): Promise<NdArray<"float64">> {
    this.checkReadable();
    const scalings = await this.parameters(options);
    const shape = [this.groups, this.parameterCount];
    const dtype = this.storedDtype();
    const stored = allocate(dtype, this.groups * this.parameterCount);
    const window = { origin: [0, 0], shape, stride: [1, 1] };
    // BLANK speaks of the arrays (section 4.4.2.5).
    const layout = { ...super.layout(true), ...this.#slices(shape, 0), blank: null };
    await withCancelFlag(options.signal, (cancel) =>
      this.decodeLayout(
        layout,
        { hdu: this.index, window, dtype, raw: true, out: bytesOf(stored), cancel },
        options,
      ),
    );
    const data = Float64Array.from(stored, Number);
    for (let i = 0; i < data.length; ++i) {
      const { scale, zero } = scalings[i % this.parameterCount] as GroupParameter;
      data[i] = (data[i] as number) * scale + zero;
    }
    return { dtype: "float64", shape, data };
  }

  protected override layout(isRaw: boolean): RawLayout {
    return { ...super.layout(isRaw), ...this.#slices(this.shape, this.parameterCount) };
  }

  /** An array that has a slice in each group, `skipped` values behind the group's first one. */
  #slices(
    shape: readonly number[],
    skipped: number,
  ): Pick<RawLayout, "shape" | "dataOffset" | "sliceLength"> {
    const elements = this.shape.slice(1).reduce((n, m) => n * m, 1);
    return {
      shape,
      dataOffset: this.dataOffset + skipped * byteSizeOf(this.storedDtype()),
      sliceLength: this.parameterCount + elements,
    };
  }
}
