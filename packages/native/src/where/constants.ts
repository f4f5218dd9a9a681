import type { RawList } from "../raw/where.js";
import type { Literal, LiteralValue } from "./expression.js";
import { type Instruction, nothing, type Typed } from "./typed.js";

const lowest = -(2n ** 63n);
const highest = 2n ** 63n - 1n;
const highestUnsigned = 2n ** 64n - 1n;

/** The next float64: what lies between must not be rounded up to an integer that columns can have. */
const belowLowest = -(2 ** 63) - 2048;

const isSigned = (value: bigint): boolean => value >= lowest && value <= highest;

/** Latin-1, as strings of FITS files are read; trailing spaces are padding (7.3.3.1). */
export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text.replace(/ +$/, ""), "latin1");
}

/** The first character that no string of a FITS file has; -1 where all may be there. */
export function foreignCharacter(text: string): number {
  return text.search(/[^\0-\xff]/);
}

const numberOf = (value: number): Typed => ({
  type: "number",
  label: `the number ${value}`,
  code: [{ operation: "NUMBER", value }],
});

function integerOf(value: bigint): Typed {
  if (value > highestUnsigned) return numberOf(Number(value));
  if (value < lowest) return numberOf(Math.min(Number(value), belowLowest));
  const operation: Instruction["operation"] = isSigned(value) ? "INTEGER" : "UNSIGNED";
  const label = `the integer ${value}`;
  return { type: "integer", isUnsigned: value > highest, label, code: [{ operation, value }] };
}

function textOf(value: string): Typed {
  const label = `the text '${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
  return { type: "text", label, code: [{ operation: "TEXT", value: bytesOfText(value) }] };
}

/** A constant as the core takes it. */
export function constantOf(value: LiteralValue): Typed {
  if (value === null) return nothing;
  if (typeof value === "bigint") return integerOf(value);
  if (typeof value === "number") return numberOf(value);
  if (typeof value === "string") return textOf(value);
  return { type: "boolean", label: String(value), code: [{ operation: "BOOLEAN", value }] };
}

/** Integer arithmetic has 64 bits and a sign: larger constants take part as numbers. */
export function arithmeticConstant(value: LiteralValue): LiteralValue {
  return typeof value === "bigint" && !isSigned(value) ? Number(value) : value;
}

/** The integer that a number is, if it is one. */
function exactInteger(value: LiteralValue): readonly bigint[] {
  if (typeof value === "bigint") return [value];
  return typeof value === "number" && Number.isInteger(value) ? [BigInt(value)] : [];
}

/** The float64 that a constant is, if it is one: 2^53 + 1 is none. */
function exactNumber(value: LiteralValue): readonly number[] {
  if (typeof value === "number") return [value];
  return typeof value === "bigint" && BigInt(Number(value)) === value ? [Number(value)] : [];
}

/** What IN compares `value` with; items that no such value can equal are left out. */
export function listFor(value: Typed, items: readonly Literal[]): RawList {
  const values = items.map((item) => item.value);
  if (value.type === "number") return Float64Array.from(values.flatMap(exactNumber));
  if (value.type === "text") {
    return values.flatMap((text) => (typeof text === "string" ? [bytesOfText(text)] : []));
  }
  const integers = values.flatMap(exactInteger);
  return value.isUnsigned === true
    ? BigUint64Array.from(integers.filter((n) => n >= 0n && n <= highestUnsigned))
    : BigInt64Array.from(integers.filter(isSigned));
}
