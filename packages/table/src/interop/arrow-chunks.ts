import { byteSizeOf, dtypeOf, type TypedArray, viewOf } from "@fitstream/native";
import type * as Arrow from "apache-arrow";
import { isInvalid, joinBitmaps, sliceBitmap } from "../column/nulls.js";
import { tableError } from "../errors.js";
import { type Bits, bitsWhere, unpackBits } from "./bits.js";
import { latin1Of, type Texts, textsOf } from "./text.js";

/** Arrow's arrays of one type, which follow one another. */
export interface Chunks {
  readonly type: Arrow.DataType;
  readonly chunks: readonly Arrow.Data[];
}

/** Values as columns of FITS tables hold them. */
export interface Cells {
  readonly kind: "number" | "logical" | "complex" | "string";
  /** Numbers, logicals or pairs. */
  readonly values?: TypedArray;
  /** Or strings. */
  readonly texts?: Texts;
  readonly validity?: Bits | undefined;
  /** Of a cell. */
  readonly shape: readonly number[];
  /** Of cells of variable length. */
  readonly offsets?: Int32Array;
  readonly categories?: readonly string[];
}

const timeUnits = ["s", "ms", "us", "ns"];

const lengthOf = ({ chunks }: Chunks): number => chunks.reduce((n, { length }) => n + length, 0);

const mostElements = 2 ** 31 - 1;

/** Offsets from 0 on, within `limit` elements; of 64 bits in Arrow's "large" types. */
function offsetsOf(chunk: Arrow.Data, limit: number, column: string): [number, Int32Array] {
  const given = chunk.valueOffsets as Int32Array | BigInt64Array | undefined;
  const { length } = chunk;
  if (length === 0) return [0, new Int32Array(1)];
  const first = Number(given?.[0] ?? 0);
  let last = first;
  for (let i = 0; i <= length; ++i) {
    const offset = Number(given?.[i] ?? Number.NaN);
    if (!(offset >= last && offset >= 0 && offset <= limit))
      throw damaged(column, i, limit, offset);
    last = offset;
  }
  if (last - first > mostElements) throw tooLong(column, last - first);
  if (given instanceof Int32Array && first === 0) return [0, given.subarray(0, length + 1)];
  return [first, Int32Array.from({ length: length + 1 }, (_, i) => Number(given?.[i]) - first)];
}

function damaged(column: string, row: number, limit: number, found: number): Error {
  return tableError({
    code: "TABLE_TYPE",
    what: "the Arrow array is damaged: its offsets leave its values",
    expected: `rising ones, up to ${limit}`,
    found: String(found),
    column,
    row,
  });
}

function tooLong(column: string, found: number): Error {
  return tableError({
    code: "TABLE_TYPE",
    what: "the cells of the column hold more elements than a table can",
    expected: `at most ${mostElements}`,
    found: String(found),
    column,
  });
}

function joined<T extends TypedArray>(parts: readonly T[]): T {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const dtype = first === undefined ? "uint8" : dtypeOf(first);
  const length = parts.reduce((n, part) => n + part.length, 0);
  const all = viewOf(dtype, new ArrayBuffer(length * byteSizeOf(dtype)), 0, length) as T;
  let at = 0;
  for (const part of parts) {
    all.set(part as never, at);
    at += part.length;
  }
  return all;
}

function joinedOffsets(parts: readonly Int32Array[], column: string): Int32Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const elements = parts.reduce((n, part) => n + (part.at(-1) ?? 0), 0);
  if (elements > mostElements) throw tooLong(column, elements);
  const all = new Int32Array(parts.reduce((n, part) => n + part.length - 1, 1));
  let at = 0;
  let base = 0;
  for (const part of parts) {
    for (let i = 1; i < part.length; ++i) all[at + i] = base + (part[i] ?? 0);
    at += part.length - 1;
    base = all[at] ?? 0;
  }
  return all;
}

/** The bitmap of chunks: that of the only one where it begins with a byte, or a new one. */
function validityOf(joint: Chunks): Bits | undefined {
  const { chunks } = joint;
  if (chunks.every(({ nullCount }) => nullCount === 0)) return undefined;
  const [only] = chunks;
  if (chunks.length === 1 && only?.offset === 0) return only.nullBitmap;
  return joinBitmaps(
    chunks.map(({ nullCount, nullBitmap, offset, length }) => ({
      bitmap: nullCount === 0 ? undefined : sliceBitmap(nullBitmap, offset, length),
      count: length,
    })),
  );
}

/** Reads the chunks of one column. */
export class ChunkReader {
  readonly #is: typeof Arrow.DataType;
  readonly #column: string;
  readonly #arrow: typeof Arrow;

  constructor(arrow: typeof Arrow, column: string) {
    this.#arrow = arrow;
    this.#is = arrow.DataType;
    this.#column = column;
  }

  /** The cells, and the unit that their type has. */
  read(chunks: Chunks, isComplex: boolean): { cells: Cells; rows: number; unit?: string } {
    const rows = lengthOf(chunks);
    const { type } = chunks;
    // Before 21.2 there is no LargeList.
    if (this.#is.isList(type) || this.#is.isLargeList?.(type)) {
      return { cells: this.#lists(chunks, isComplex), rows };
    }
    const cells = this.#cells(chunks, isComplex);
    if (!this.#is.isTimestamp(type) && !this.#is.isDuration(type)) return { cells, rows };
    return { cells, rows, unit: timeUnits[type.unit] ?? "" };
  }

  #unfit(type: Arrow.DataType): Error {
    return tableError({
      code: "TABLE_TYPE",
      what: "FITS tables cannot hold this type of Arrow",
      expected: "numbers, Bool, strings, or lists of numbers",
      found: String(type),
      column: this.#column,
    });
  }

  #lists({ chunks, type }: Chunks, isComplex: boolean): Cells {
    const parts: Arrow.Data[] = [];
    const offsets = chunks.map((chunk) => {
      const [child] = chunk.children as [Arrow.Data];
      const [first, all] = offsetsOf(chunk, child.length, this.#column);
      if (chunk.nullCount === 0) {
        parts.push(child.slice(first, all.at(-1) ?? 0));
        return all;
      }
      // What lies under a null list is nobody's.
      const kept = new Int32Array(all.length);
      for (let i = 0; i < chunk.length; ++i) {
        const length = chunk.getValid(i) ? (all[i + 1] ?? 0) - (all[i] ?? 0) : 0;
        if (length > 0) parts.push(child.slice(first + (all[i] ?? 0), length));
        kept[i + 1] = (kept[i] ?? 0) + length;
      }
      return kept;
    });
    const [item] = type.children as [Arrow.Field];
    const cells = this.#cells({ type: item.type, chunks: parts }, isComplex);
    if (cells.shape.length > 0 || cells.texts !== undefined) throw this.#unfit(type);
    return { ...cells, offsets: joinedOffsets(offsets, this.#column) };
  }

  #cells(joint: Chunks, isComplex: boolean): Cells {
    const { type, chunks } = joint;
    if (!this.#is.isFixedSizeList(type)) return this.#elements(joint);
    const size = type.listSize;
    const [item] = type.children as [Arrow.Field];
    const parts = chunks.map(({ children: [child], length }) =>
      (child as Arrow.Data).slice(0, length * size),
    );
    const inner = this.#cells({ type: item.type, chunks: parts }, isComplex);
    const outer = validityOf(joint);
    const isPair = isComplex && size === 2 && inner.shape.length === 0 && inner.kind === "number";
    if (isPair && inner.validity === undefined && this.#is.isFloat(item.type)) {
      return { ...inner, kind: "complex", validity: outer };
    }
    const shape = [size, ...inner.shape];
    if (outer === undefined) return { ...inner, shape };
    const per = shape.reduce((n, axis) => n * axis, 1);
    const isValid = (i: number): boolean =>
      !isInvalid(outer, Math.floor(i / per)) && !isInvalid(inner.validity, i);
    return { ...inner, shape, validity: bitsWhere(lengthOf(joint) * per, isValid) };
  }

  #elements(joint: Chunks): Cells {
    const { type } = joint;
    const validity = validityOf(joint);
    if (this.#is.isBool(type)) {
      const parts = joint.chunks.map(({ values, offset, length }) =>
        unpackBits(values, offset, length),
      );
      return { kind: "logical", values: joined(parts), validity, shape: [] };
    }
    if (this.#isText(type)) {
      return { kind: "string", texts: this.#texts(joint), validity, shape: [] };
    }
    if (this.#is.isDictionary(type)) return this.#dictionary(joint, validity);
    return { kind: "number", values: this.#numbers(joint), validity, shape: [] };
  }

  #isText(type: Arrow.DataType): boolean {
    const { isUtf8, isLargeUtf8, isBinary, isLargeBinary, isFixedSizeBinary } = this.#is;
    return [isUtf8, isLargeUtf8, isBinary, isLargeBinary, isFixedSizeBinary].some((is) => is(type));
  }

  #numbers({ type, chunks }: Chunks): TypedArray {
    const is = this.#is;
    if (is.isFloat(type) && type.precision === this.#arrow.Precision.HALF) {
      const halves = new this.#arrow.Vector(chunks as Arrow.Data<Arrow.Float16>[]);
      return Float32Array.from({ length: halves.length }, (_, i) => halves.get(i) ?? 0);
    }
    const isNumber = [is.isInt, is.isFloat, is.isTimestamp, is.isDuration].some((f) => f(type));
    if (!isNumber) throw this.#unfit(type);
    if (chunks.length === 0) return new type.ArrayType(0);
    return joined(chunks.map((chunk) => this.#values(chunk, chunk.length)));
  }

  /** The values of an array, which may hold more of them than it says, but not less. */
  #values<T extends TypedArray>({ values }: Arrow.Data, length: number): T {
    if (values.length >= length) return values.subarray(0, length) as T;
    throw tableError({
      code: "TABLE_TYPE",
      what: "the Arrow array is damaged: values are missing",
      expected: String(length),
      found: String(values.length),
      column: this.#column,
    });
  }

  #texts({ type, chunks }: Chunks): Texts {
    const is = this.#is;
    const parts = chunks.map((chunk): Texts => {
      if (is.isFixedSizeBinary(type)) {
        const offsets = Int32Array.from({ length: chunk.length + 1 }, (_, i) => i * type.byteWidth);
        return { bytes: this.#values(chunk, chunk.length * type.byteWidth), offsets };
      }
      const { length } = chunk.values ?? [];
      const [first, offsets] = offsetsOf(chunk, length, this.#column);
      return { bytes: chunk.values.subarray(first, first + (offsets.at(-1) ?? 0)), offsets };
    });
    const bytes = joined(parts.map((part) => part.bytes));
    const offsets = joinedOffsets(
      parts.map((part) => part.offsets),
      this.#column,
    );
    const isUtf8 = is.isUtf8(type) || is.isLargeUtf8(type);
    return isUtf8 ? latin1Of({ bytes, offsets }, this.#column) : { bytes, offsets };
  }

  /** Strings that stand for numbers; the strings are the categories. */
  #dictionary({ type, chunks }: Chunks, validity: Bits | undefined): Cells {
    const { dictionary } = type as Arrow.Dictionary;
    if (!this.#is.isUtf8(dictionary) && !this.#is.isLargeUtf8(dictionary)) throw this.#unfit(type);
    const vector = new this.#arrow.Vector(chunks as Arrow.Data<Arrow.Dictionary<Arrow.Utf8>>[]);
    const strings = Array.from(vector, (text) => text ?? "");
    const words = chunks.at(-1)?.dictionary;
    const categories = words === undefined ? [] : Array.from(words, String);
    return {
      kind: "string",
      texts: textsOf(strings, this.#column),
      validity,
      shape: [],
      categories,
    };
  }
}
