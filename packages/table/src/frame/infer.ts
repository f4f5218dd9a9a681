/** Which semantic type each column of a table has, and why: units, then UCDs, names, values. */
import type { Column, ColumnMetadata } from "@fitstream/native";
import type { FitsTable } from "../fits-table.js";
import { type InferredType, inferFromValues } from "./infer-values.js";
import { bandOf, isInverseVariance, isUncertainty, skyPairs, ucdOf, wordsOf } from "./names.js";
import { IGNORE } from "./registry.js";

type Rule = (info: ColumnMetadata, names: ReadonlySet<string>) => InferredType | undefined;

const isText = ({ kind }: ColumnMetadata): boolean => kind === "string";
const isWhole = ({ kind, dtype }: ColumnMetadata): boolean =>
  kind === "number" && dtype.includes("int");
const isReal = ({ kind, dtype }: ColumnMetadata): boolean =>
  kind === "number" && dtype.startsWith("float");
const isSingle = ({ isVariable, cellShape }: ColumnMetadata): boolean =>
  !isVariable && cellShape.every((axis) => axis === 1);

const fluxUnit =
  /^(10\*?\*?\^?\(?[+-]?\d+\)?\s*\*?\s*)?([munμ]?Jy|nano-?magg(y|ies)|n?mgy|maggies|maggy|W\/m|erg|photons?\b|e-?\/s|electrons?\b|count|ct|adu|DN)/i;
const colourName =
  /^(ebv|e_bv.*|sfd_ebv|extinction.*|.*_extinction.*|a_?[a-z]|bp_rp|bp_g|g_rp)$|^[a-z]\w?[-_][a-z]\w?$/i;

/** A quantity that a unit, UCD or name gives away may still be its error. */
const uncertainty: Rule = (info) => {
  if (!isReal(info) || !isUncertainty(info) || isInverseVariance(info.name)) return undefined;
  return { type: "numerical", reason: "an error, weight or flag of another column" };
};

const byUnit: Rule = (info) => {
  const unit = info.unit.trim();
  if (!isReal(info) || unit === "") return undefined;
  const reason = `TUNIT ${unit}`;
  if (/^mag(nitude)?s?(\(\w+\))?$|^(ab|vega)mag$/i.test(unit)) {
    const isColour = colourName.test(info.name) || /phot\.color|absorption/.test(ucdOf(info));
    if (isColour) return { type: "numerical", reason: `${reason}, and a colour or an extinction` };
    return { type: "magnitude", reason };
  }
  if (fluxUnit.test(unit)) return { type: "flux", reason };
  if (/^1\/|\^?-2$|\*\*\(?-2/.test(unit) && isInverseVariance(info.name)) {
    return { type: "flux", reason: `${reason}, an inverse variance` };
  }
  const isDate = /^(\w+_)?(mjd|jd|hjd|bjd|date|epoch|time)(_\w+)?$/i.test(info.name);
  if (/^(d|day|days)$/i.test(unit) && isDate) return { type: "time", reason };
  return undefined;
};

const ucdTypes: readonly (readonly [RegExp, string])[] = [
  [/^meta\.id|^meta\.record/, "id"],
  [/^src\.redshift/, "redshift"],
  [/^phot\.mag/, "magnitude"],
  [/^phot\.flux/, "flux"],
  [/^time\.epoch/, "time"],
  [/^(meta\.code|src\.class)/, "categorical"],
];

const fits = (type: string, info: ColumnMetadata): boolean => {
  if (type === "id") return isWhole(info) || isText(info);
  if (type === "categorical") return isWhole(info) || isText(info) || info.kind === "logical";
  return type === "time" ? isReal(info) || isText(info) : isReal(info);
};

const byUcd: Rule = (info) => {
  const ucd = ucdOf(info);
  const [, type] = ucdTypes.find(([pattern]) => pattern.test(ucd)) ?? [];
  // An epoch in years is a number, not a date.
  if (type === undefined || !fits(type, info) || /^(yr|a|year)/i.test(info.unit)) return undefined;
  return { type, reason: `UCD ${ucd}` };
};

const idName =
  /(^|_)ids?$|[a-z\d]I[Dd]$|^(spec|photo|best|thing|source|obj|star|target|fiber|plate|parent)*_?(obj|object|source|target|fiber|spec|catalog)_?id$|^(designation|iau_?name|name|source_name)$/;
const redshiftName =
  /^(z|z_?(spec|phot|photo|best|cosmo|hel|helio|cmb|true|vi|peak|ml|mean|median)|(spec|phot|photo)_?z|red_?shift.*|\w+_redshift|cz_z)$/i;
const magnitudeName = /mag$|mag_|_mag|^(psf|model|petro|fiber|cmodel|dered)_?[ugrizy]$/i;
const timeName = /^(\w+_)?(mjd|jd|hjd|bjd)(_(obs|beg|end|start|mid|avg|utc|tai|tdb))?$/i;

/** Whether `z` stands beside other bands: the magnitude, not the redshift. */
const isBandOfSet = (name: string, names: ReadonlySet<string>): boolean =>
  /^[ugrizy]$/i.test(name) && ["u", "g", "r", "i"].filter((band) => names.has(band)).length >= 2;

const byName: Rule = (info, names) => {
  const { name } = info;
  const found = (type: string): InferredType => ({ type, reason: `the name ${name}` });
  if ((isWhole(info) || isText(info)) && (idName.test(name) || idName.test(name.toLowerCase()))) {
    return found("id");
  }
  if (timeName.test(name) && isReal(info)) return found("time");
  if (/^date(_|-|$)|_date$/i.test(name) && isText(info)) return found("timestamp");
  if (!isReal(info)) return undefined;
  if (isBandOfSet(name, names)) {
    return { type: "magnitude", reason: `the name ${name}, beside those of other bands` };
  }
  if (redshiftName.test(name)) return found("redshift");
  if (colourName.test(name)) return undefined;
  if (magnitudeName.test(name) && bandOf(name) !== undefined) return found("magnitude");
  if (wordsOf(name).includes("mag")) return found("magnitude");
  if (wordsOf(name).includes("flux")) return found("flux");
  return undefined;
};

const rules = [uncertainty, byUnit, byUcd, byName];

/**
 * The semantic type of each column: by TUNIT, then UCD, then name, and where these say nothing by
 * dtype and by the values of the first 10,000 rows. Ids are found first, so that they never become
 * numbers. It may be wrong: look at the reasons, and give `types` where it is.
 *
 * @returns By the names of the columns, in their order.
 *
 * @example
 * ```ts
 * for (const [name, { type, reason }] of inferTypes(table)) console.log(name, type, reason);
 * ```
 */
export function inferTypes(table: FitsTable): Map<string, InferredType> {
  const names = new Set(table.names.map((name) => name.toLowerCase()));
  const positions = positionsOf(table.schema);
  return new Map(
    table.columns.map((column) => [
      column.info.name,
      positions.get(column.info.name) ?? inferColumn(column, names),
    ]),
  );
}

function positionsOf(schema: readonly ColumnMetadata[]): Map<string, InferredType> {
  const out = new Map<string, InferredType>();
  const fitting = schema.filter((info) => isSingle(info) && (isReal(info) || isText(info)));
  const isAngle = ({ unit, kind }: ColumnMetadata): boolean =>
    kind === "string" || /^(deg\w*|rad\w*|h|hr|hours?|hourangle|)$/i.test(unit.trim());
  for (const { lon, lat, role } of skyPairs(fitting.filter(isAngle))) {
    for (const [info, other] of [
      [lon, lat],
      [lat, lon],
    ] as const) {
      const said = role.by === "UCD" ? `UCD ${ucdOf(info)}` : `the name ${info.name}`;
      const unit = info.unit === "" ? "" : `TUNIT ${info.unit} and `;
      out.set(info.name, { type: "coordinate", reason: `${unit}${said}, with ${other.name}` });
    }
  }
  return out;
}

function inferColumn(column: Column, names: ReadonlySet<string>): InferredType {
  const { info } = column;
  if (info.kind === "complex") return { type: IGNORE, reason: "complex numbers" };
  if (isSingle(info)) {
    for (const rule of rules) {
      const found = rule(info, names);
      if (found !== undefined) return found;
    }
  }
  return inferFromValues(column);
}
