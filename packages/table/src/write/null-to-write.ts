import type { FixedColumn, RaggedColumn } from "@fitstream/native";
import { isInvalid } from "../column/nulls.js";
import { tableError } from "../errors.js";

const integers = /^(u?)int(8|16|32|64)$/;

interface Range {
  readonly least: bigint;
  readonly most: bigint;
  /** TZEROn of the convention for types that FITS does not have (FITS Standard 4.0, 7.3.2). */
  readonly zero: bigint;
}

function rangeOf(dtype: string): Range | undefined {
  const [, unsigned, digits] = integers.exec(dtype) ?? [];
  if (digits === undefined) return undefined;
  const half = 1n << (BigInt(digits) - 1n);
  const isByte = digits === "8";
  if (unsigned === "u") return { least: 0n, most: 2n * half - 1n, zero: isByte ? 0n : half };
  return { least: -half, most: half - 1n, zero: isByte ? -half : 0n };
}

/** Whether an element that is not null has this value. */
function isUsed({ data, validity }: FixedColumn | RaggedColumn, value: bigint): boolean {
  const wanted = typeof data[0] === "bigint" ? value : Number(value);
  for (let i = data.indexOf(wanted as never); i >= 0; i = data.indexOf(wanted as never, i + 1)) {
    if (!isInvalid(validity, i)) return true;
  }
  return false;
}

/** The first value from `least` on that no element has. */
function unused(
  { data, validity }: FixedColumn | RaggedColumn,
  { least, most }: Range,
): bigint | undefined {
  const used = new Set<bigint>();
  for (const [i, value] of data.entries()) if (!isInvalid(validity, i)) used.add(BigInt(value));
  for (let value = least; value <= most; ++value) if (!used.has(value)) return value;
  return undefined;
}

/**
 * TNULLn for a column of integers, as stored: the one that it has, unless a value equals it, and
 * otherwise, where there are nulls, an edge of the type or a number that no value equals.
 *
 * @throws {TableError} TABLE_TYPE when there is no such number.
 */
export function nullToWrite(column: FixedColumn | RaggedColumn): bigint | undefined {
  const { info, nulls } = column;
  const range = info.kind === "number" ? rangeOf(info.dtype) : undefined;
  if (range === undefined) return undefined;
  const { least, most, zero } = range;
  const own = info.null === undefined ? [] : [info.null + zero];
  const edges = nulls === 0 ? [] : least < 0n ? [least, most] : [most, least];
  const fits = (value: bigint): boolean => value >= least && value <= most;
  const found = [...own, ...edges].find((value) => fits(value) && !isUsed(column, value));
  const value = found ?? (nulls === 0 ? undefined : unused(column, range));
  if (value !== undefined) return value - zero;
  if (nulls === 0) return undefined;
  throw tableError({
    code: "TABLE_TYPE",
    what: "no number is left to stand for null",
    expected: "a wider type",
    found: info.dtype,
    column: info.name,
  });
}
