import type { ColumnMetadata, Dtype } from "@fitstream/native";
import type { ColumnOptions } from "../dataset-rows.js";
import { badArgument, DatasetError } from "../errors.js";
import type { TensorSpec } from "./tensors.js";

/** A column, and what becomes of it. Plain data, for other threads. */
export interface RowColumn {
  /** Of the column, as the user writes it, and of its tensor. */
  readonly name: string;
  /** Numbers of one element: 2 for complex values, which are pairs. */
  readonly halves: 1 | 2;
  /** Of the column's own values. */
  readonly stored: Dtype;
  /** Of the tensor's. */
  readonly dtype: Dtype;
  /** What stands for nulls; undefined where a null is an error (NaN in floats). */
  readonly fill: number | bigint | undefined;
  /** Cells of one length as they are; of different lengths, filled up or one after the other. */
  readonly form:
    | { readonly kind: "fixed" }
    | { readonly kind: "padded"; readonly length: number; readonly value: number | bigint }
    | { readonly kind: "offsets" };
  /** Tensors in the slot of a batch; the first one holds the values. */
  readonly tensors: readonly TensorSpec[];
  /** Names of all its tensors, those outside of the slot too. */
  readonly names: readonly string[];
}

/** How many whole numbers a type holds: from -2^low to 2^high, as exponents. */
const ranges: Readonly<Record<Dtype, readonly [low: number, high: number]>> = {
  uint8: [0, 8],
  int8: [7, 7],
  uint16: [0, 16],
  int16: [15, 15],
  uint32: [0, 32],
  int32: [31, 31],
  uint64: [0, 64],
  int64: [63, 63],
  float32: [24, 24],
  float64: [53, 53],
};

const isFloat = (dtype: Dtype): boolean => dtype === "float32" || dtype === "float64";
const isSigned = (dtype: Dtype): boolean => !dtype.startsWith("uint");

/** Whether a type holds every value of another. */
function holds(to: Dtype, from: Dtype): boolean {
  if (to === from) return true;
  if (isFloat(from)) return to === "float64";
  if (isSigned(from) && !isSigned(to)) return false;
  const [, high] = ranges[from];
  return high <= ranges[to][1];
}

function dtypeOf(name: string, stored: Dtype, options: Options): Dtype {
  const dtype = options.dtype?.[name] ?? stored;
  if (holds(dtype, stored) || (options.lossy === true && isFloat(dtype))) return dtype;
  const what = `column ${name} of ${stored} does not fit into ${dtype}`;
  throw badArgument(
    what,
    isFloat(dtype)
      ? `a type that holds its values, or lossy: true`
      : "a type that holds its values",
    dtype,
  );
}

type Options = ColumnOptions<string, string, string>;

function fillOf(name: string, dtype: Dtype, options: Options): number | bigint | undefined {
  const fill = options.fill?.[name];
  if (fill === undefined) return isFloat(dtype) ? Number.NaN : undefined;
  return valueFor(name, dtype, fill, "fill");
}

/** A value as an element of a dtype. */
function valueFor(name: string, dtype: Dtype, value: number | bigint, option: string) {
  if (isFloat(dtype)) return Number(value);
  const [low, high] = ranges[dtype];
  const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
  const least = isSigned(dtype) ? -(2n ** BigInt(low)) : 0n;
  if (isWhole && BigInt(value) >= least && BigInt(value) < 2n ** BigInt(high)) {
    return dtype === "int64" || dtype === "uint64" ? BigInt(value) : Number(value);
  }
  throw badArgument(`${option} of column ${name} is no ${dtype}`, `a ${dtype}`, String(value));
}

/** What a column of variable length becomes. */
function raggedForm(name: string, dtype: Dtype, options: Options): RowColumn["form"] {
  const padding = options.pad?.[name];
  const hasOffsets = options.offsets?.includes(name) === true;
  if (hasOffsets && padding === undefined) return { kind: "offsets" };
  if (padding === undefined || hasOffsets) {
    throw badArgument(
      `the cells of column ${name} have different lengths`,
      `pad: { ${name}: { length: ... } }, or offsets: ["${name}"]`,
      hasOffsets ? "both" : "neither",
    );
  }
  if (!Number.isSafeInteger(padding.length) || padding.length < 1) {
    throw badArgument(`pad of column ${name}`, "a length >= 1", String(padding.length));
  }
  const value = valueFor(name, dtype, padding.value ?? 0, "pad");
  return { kind: "padded", length: padding.length, value };
}

function refuseFixed(name: string, options: Options): void {
  if (options.pad?.[name] === undefined && options.offsets?.includes(name) !== true) return;
  throw badArgument(
    `the cells of column ${name} all have the same length`,
    "no pad and no offsets for it",
  );
}

/**
 * What becomes of a column.
 *
 * @throws {DatasetError} DATASET_BAD_ARGUMENT for options that do not fit it; DATASET_MISMATCH for
 *   text.
 */
export function rowColumn(name: string, info: ColumnMetadata, options: Options): RowColumn {
  if (info.kind === "string") {
    throw new DatasetError({
      code: "DATASET_MISMATCH",
      what: `column ${name} holds text, which no tensor does`,
      expected: "numbers: encode it as categories first, or leave it out",
      found: `TFORM ${info.form}`,
    });
  }
  const halves = info.kind === "complex" ? 2 : 1;
  const dtype = dtypeOf(name, info.dtype, options);
  const fill = fillOf(name, dtype, options);
  const base = { name, halves, stored: info.dtype, dtype, fill } as const;
  const pair = halves === 2 ? [2] : [];
  if (!info.isVariable) {
    refuseFixed(name, options);
    const tensor = { name, dtype, shape: [...info.cellShape, ...pair] };
    return { ...base, form: { kind: "fixed" }, tensors: [tensor], names: [name] };
  }
  const form = raggedForm(name, dtype, options);
  if (form.kind !== "padded") {
    return { ...base, form, tensors: [], names: [name, `${name}.offsets`] };
  }
  const length = `${name}.length`;
  const tensors = [
    { name, dtype, shape: [form.length, ...pair] },
    { name: length, dtype: "int32", shape: [] },
  ] as const;
  return { ...base, form, tensors, names: [name, length] };
}
