import type { Column } from "@fitstream/native";
import { degreesIn, parseAngle } from "../../astronomy/angle.js";
import { ang2pix } from "../../astronomy/healpix.js";
import { galactic, unitVectors } from "../../astronomy/sphere.js";
import { tableError } from "../../errors.js";
import { skyPairs } from "../names.js";
import {
  type FloatOutput,
  floatParts,
  measured,
  type OutputOptions,
  outputDefaults,
} from "../outputs.js";
import {
  columnOf,
  type EncodedPart,
  type Feature,
  type FeatureInput,
  type SemanticType,
} from "../semantic-type.js";
import { numbersOf, textsOf } from "../values.js";

/** Options of `coordinate`. */
export interface CoordinateOptions extends OutputOptions {
  /** Orders of HEALPix indices to add, as the block "coordinate.healpix"; -1 where there is none. */
  readonly healpix: readonly number[];
  /** How they are numbered. Default "nested". */
  readonly scheme: "nested" | "ring";
  /** Adds galactic longitude and latitude, in degrees; of ICRS positions. */
  readonly galactic: boolean;
  /** What the columns are in: "icrs" (default), "galactic", or another frame. */
  readonly frame: "icrs" | "galactic" | "other";
}

/** Order of the map of where positions are: pixels of 3.4 square degrees. */
const COVERAGE_ORDER = 5;

/** Angles of a column in degrees, by TUNIT; text by its marks, right ascensions in hours. */
function degreesOf(column: Column, perTextUnit: number): Float64Array {
  const unit = column.info.unit.trim();
  const perUnit = unit === "" ? undefined : degreesIn(unit);
  if (unit !== "" && perUnit === undefined && column.layout !== "string") {
    throw tableError({
      code: "TABLE_UNIT",
      what: "the column is not in a unit of angle",
      expected: "deg, rad, hourangle, arcmin, arcsec or mas",
      found: unit,
      column: column.info.name,
    });
  }
  if (column.layout !== "string") return numbersOf(column).numbers.map((v) => v * (perUnit ?? 1));
  return Float64Array.from(textsOf(column), (text) =>
    text === null ? Number.NaN : parseAngle(text, perUnit ?? perTextUnit),
  );
}

interface Positions {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly vectors: Float64Array;
  /** Positions that are not there. */
  readonly missing: number;
}

function read(input: FeatureInput): Positions {
  const { frame } = input.feature.options as unknown as CoordinateOptions;
  const lon = degreesOf(columnOf(input, 0), frame === "icrs" ? 15 : 1);
  const lat = degreesOf(columnOf(input, 1), 1);
  const vectors = unitVectors(lon, lat);
  let missing = 0;
  for (let i = 0; i < vectors.length; i += 3) missing += Number(Number.isNaN(vectors[i]));
  return { lon, lat, vectors, missing };
}

function axis(vectors: Float64Array, at: number): Float64Array {
  const out = new Float64Array(vectors.length / 3);
  for (let i = 0; i < out.length; ++i) out[i] = vectors[3 * i + at] as number;
  return out;
}

function outputOf(feature: Feature, part: string, numbers: Float64Array): FloatOutput {
  return { name: `${feature.name}.${part}`, part, numbers };
}

function axesOf({ feature }: FeatureInput, { vectors }: Positions): FloatOutput[] {
  return ["x", "y", "z"].map((part, i) => outputOf(feature, part, axis(vectors, i)));
}

function anglesOf({ feature }: FeatureInput, positions: Positions): FloatOutput[] {
  const { galactic, frame } = feature.options as unknown as CoordinateOptions;
  if (!galactic) return [];
  const { lon, lat } = galacticOf(positions, feature.name, frame);
  return [outputOf(feature, "l", lon), outputOf(feature, "b", lat)];
}

function healpixPart(input: FeatureInput, { lon, lat }: Positions): EncodedPart[] {
  const { healpix, scheme } = input.feature.options as unknown as CoordinateOptions;
  if (healpix.length === 0) return [];
  // int32 holds pixels up to order 13; the block is 64 bits wide for all where one is finer.
  const dtype = Math.max(...healpix) <= 13 ? "int32" : "int64";
  const columns = healpix.map((order) => ang2pix(lon, lat, { order, scheme, dtype }));
  const data = new (dtype === "int32" ? Int32Array : BigInt64Array)(lon.length * columns.length);
  for (let i = 0; i < data.length; ++i) {
    const pixels = columns[i % columns.length];
    data[i] = pixels?.[Math.floor(i / columns.length)] as number;
  }
  const names = healpix.map((order) => `${input.feature.name}.healpix${order}`);
  return [{ layout: "dense", block: "coordinate.healpix", names, data }];
}

/**
 * A position: two columns, longitude first, in the unit of TUNIT (degrees without one) or as
 * sexagesimal text. It becomes a unit vector, which has no wrap at 360 degrees and no poles, and on request
 * HEALPix indices and galactic coordinates.
 */
export const coordinate: SemanticType = {
  name: "coordinate",
  defaults: { ...outputDefaults, healpix: [], scheme: "nested", galactic: false, frame: "icrs" },
  group: (columns) =>
    skyPairs(columns).map(({ lon, lat, role }) => ({
      columns: [lon.name, lat.name],
      options: { frame: role.frame },
    })),
  measure: (input) => {
    const positions = read(input);
    const { lon, lat, missing } = positions;
    const base = { rows: input.rows, nulls: 0, nan: missing, sentinels: 0 };
    const pixels = ang2pix(lon, lat, { order: COVERAGE_ORDER }) as Int32Array;
    const keys = Array.from(pixels, (pixel) => (pixel < 0 ? null : pixel));
    const axes = axesOf(input, positions);
    const inputs = axes.map(({ part, numbers }) => [part, { ...base, numbers }] as const);
    return measured(input, { ...Object.fromEntries(inputs), coverage: { ...base, keys } }, () =>
      anglesOf(input, positions),
    );
  },
  encode: (input, context) => {
    const positions = read(input);
    const axes = axesOf(input, positions);
    const inputs = axes.slice(2).map(({ numbers }) => ({ name: input.feature.name, numbers }));
    const outputs = [...axes, ...anglesOf(input, positions)];
    const parts = floatParts("coordinate", input, outputs, inputs, context);
    return [...parts, ...healpixPart(input, positions)];
  },
};

function galacticOf(
  { lon, lat }: Positions,
  name: string,
  frame: CoordinateOptions["frame"],
): { readonly lon: Float64Array; readonly lat: Float64Array } {
  if (frame === "icrs") return galactic(lon, lat);
  if (frame === "galactic") return { lon, lat };
  throw tableError({
    code: "TABLE_BAD_ARGUMENT",
    what: "galactic coordinates are made of ICRS positions",
    expected: "frame icrs or galactic",
    found: frame,
    column: name,
  });
}
