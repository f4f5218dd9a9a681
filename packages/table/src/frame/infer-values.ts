/** What the dtype and the first values of a column say about its meaning. */
import type { Column } from "@fitstream/native";
import { IGNORE } from "./registry.js";
import { secondsOf } from "./time-text.js";
import { isValid, type Key, keysOf } from "./values.js";

/** A semantic type, and what told it. */
export interface InferredType {
  /** Its name; "ignore" where the column fits none. */
  readonly type: string;
  /** For people. */
  readonly reason: string;
}

/** Rows that are looked at. */
const ROWS = 10_000;
/** Whole numbers with more values than this are amounts, not categories... */
const MOST_CATEGORIES = 30;
/** ...and so they are with less than this many rows for each value. */
const ROWS_PER_CATEGORY = 2;

/** The first rows' values that are not null. */
function firstKeys(column: Column): Key[] {
  if (column.layout === "string") {
    const rows = Math.min(column.rows, ROWS);
    return Array.from({ length: rows }, (_, i) => i)
      .filter((i) => isValid(column, i))
      .map((i) => column.at(i));
  }
  const data = column.data.subarray(0, ROWS) as typeof column.data;
  return keysOf({ ...column, data } as Column).filter((key) => key !== null);
}

function inferText(column: Column): InferredType {
  const texts = firstKeys(column).filter((text) => text !== "") as string[];
  if (texts.length === 0) return { type: "categorical", reason: "text without values" };
  if (texts.every((text) => !Number.isNaN(secondsOf(text)))) {
    return { type: "timestamp", reason: "all texts are ISO 8601 dates" };
  }
  const lists = texts.filter((text) => text.includes("|")).length;
  if (lists > texts.length / 2) {
    return { type: "multicategorical", reason: "most texts are lists with |" };
  }
  const distinct = new Set(texts).size;
  const told = `${distinct} different texts in ${texts.length} rows`;
  const isUnique = distinct > MOST_CATEGORIES && distinct > texts.length / 2;
  return { type: isUnique ? "id" : "categorical", reason: told };
}

function inferWhole(column: Column): InferredType {
  const keys = firstKeys(column) as (number | bigint)[];
  const isWide = (key: number | bigint): boolean => !Number.isSafeInteger(Number(key));
  if (keys.some(isWide)) return { type: "id", reason: "whole numbers beyond 2^53" };
  const distinct = new Set(keys).size;
  const isFew =
    distinct > 0 && distinct <= MOST_CATEGORIES && distinct * ROWS_PER_CATEGORY <= keys.length;
  const told = `${distinct} different whole numbers in ${keys.length} rows`;
  return { type: isFew ? "categorical" : "numerical", reason: told };
}

/** The semantic type of a column that neither its unit, nor UCD, nor name tells. */
export function inferFromValues(column: Column): InferredType {
  const { kind, dtype, isVariable, cellShape } = column.info;
  const isReal = kind === "number" && dtype.startsWith("float");
  if (isVariable || column.layout === "ragged") {
    if (isReal || kind === "string") return { type: IGNORE, reason: "cells of different length" };
    return { type: "multicategorical", reason: "cells of different numbers of values" };
  }
  const isVector = cellShape.some((axis) => axis !== 1);
  if (isVector && kind === "number" && !dtype.endsWith("int64")) {
    return { type: "embedding", reason: `vectors of ${cellShape.join(" x ")}` };
  }
  if (isVector) {
    if (kind === "string") return { type: IGNORE, reason: "arrays of text" };
    return { type: "multicategorical", reason: `${kind} vectors` };
  }
  if (kind === "string") return inferText(column);
  if (kind === "logical" || kind === "bit") return { type: "categorical", reason: `a ${kind}` };
  return isReal ? { type: "numerical", reason: `dtype ${dtype}` } : inferWhole(column);
}
