/** Large tables, in HDU 1. Names and columns are those of the peers' data. */
import { type ColumnToWrite, type TypedArray, writeFits } from "@fitstream/native";
import type { Data } from "./data.js";
import { randomWords } from "./sky.js";

/** A typed array's class. */
interface Numbers {
  from(values: ArrayLike<undefined>, make: () => number): TypedArray;
}

function columnsOfMixed(rows: number): readonly ColumnToWrite[] {
  const next = randomWords(11);
  const numbers = (name: string, Type: Numbers, range: number, low = 0): ColumnToWrite => ({
    name,
    values: Type.from({ length: rows }, () => low + (next() / 2 ** 32) * range),
  });
  const booleans = (name: string): ColumnToWrite => ({
    name,
    values: Array.from({ length: rows }, () => (next() & 1) === 1),
  });
  const strings = (name: string, make: (word: number) => string): ColumnToWrite => ({
    name,
    values: Array.from({ length: rows }, () => make(next())),
  });
  const ids = BigInt64Array.from({ length: rows }, () => BigInt(next()) * BigInt(next() >>> 4));
  const surveys = ["SDSS", "DES-Y6", "LEGACY-DR10", "A-SURVEY-OF-16CH"];
  return [
    { name: "id", values: ids },
    numbers("ra", Float64Array, 360),
    numbers("dec", Float64Array, 180, -90),
    numbers("field", Int32Array, 100_000),
    numbers("ccd", Int16Array, 6000, -3000),
    numbers("flags", Int16Array, 6000, -3000),
    numbers("nobs", Int32Array, 100_000),
    booleans("star"),
    booleans("clean"),
    ...["u", "g", "r", "i", "z"].map((name) => numbers(name, Float32Array, 10, 15)),
    ...["u_err", "g_err", "r_err"].map((name) => numbers(name, Float32Array, 0.1)),
    numbers("mjd", Float64Array, 5000, 55_000),
    strings("name", (word) => `J${String(word).padStart(15, "0")}`),
    strings("survey", (word) => surveys[word & 3] ?? ""),
  ];
}

function randomColumns(
  names: readonly string[],
  rows: number,
  Type: Numbers,
): readonly ColumnToWrite[] {
  const next = randomWords(11);
  return names.map((name) => ({
    name,
    values: Type.from({ length: rows }, () => next() / 2 ** 32),
  }));
}

/** A column whose cells hold 0 to 59 numbers. */
function columnsOfRagged(rows: number): readonly ColumnToWrite[] {
  const next = randomWords(11);
  const offsets = new Float64Array(rows + 1);
  for (let row = 0; row < rows; ++row) offsets[row + 1] = (offsets[row] ?? 0) + (next() % 60);
  const values = Float32Array.from({ length: offsets[rows] ?? 0 }, () => next() / 2 ** 32);
  const ids = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row));
  return [
    { name: "id", values: ids },
    { name: "flux", values, offsets },
  ];
}

function columnsOf(data: Data, name: string): readonly ColumnToWrite[] {
  switch (name) {
    case "tab_mixed":
      return columnsOfMixed(data.count(1_000_000));
    case "tab_wide": {
      const names = Array.from({ length: 300 }, (_, i) => `c${String(i).padStart(3, "0")}`);
      return randomColumns(names, data.count(100_000), Float32Array);
    }
    case "tab_narrow":
      return randomColumns(["x", "y", "z"], data.count(10_000_000), Float64Array);
    case "tab_catalogue": {
      const rows = data.count(10_000_000);
      const next = randomWords(12);
      // A thousand keys.
      const keys = Float64Array.from({ length: rows }, () => next() % 1000);
      return [...randomColumns(["x", "y", "z"], rows, Float64Array), { name: "k", values: keys }];
    }
    case "tab_vla":
      return columnsOfRagged(data.count(200_000));
    default:
      throw new Error(`no recipe for ${name}`);
  }
}

/** Path of a table. Rejects where it cannot be written here. */
export function tableFile(data: Data, name: string): Promise<string> {
  return data.ensure(name, `${name}.fits`, () =>
    writeFits(data.path(`${name}.fits`), [{ kind: "bintable", columns: columnsOf(data, name) }]),
  );
}
