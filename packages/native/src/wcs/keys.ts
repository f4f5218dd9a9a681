import { fitsError } from "../errors.js";

/** Where in a table a WCS is described. Columns count from 1, as TTYPEn do. */
export type WcsPlace =
  | {
      /** The column whose cells are images. */
      readonly column: number;
    }
  | {
      /** The columns of a list of events, one an axis. */
      readonly columns: readonly number[];
    };

/** The names of WCS keywords in one kind of header, for one alternate (Standard, tables 22 to 25). */
export interface WcsKeys {
  /** Keywords of an axis; the first group is its number. */
  axis(stem: string): RegExp;
  /** Matrix elements; the groups are i and j. */
  matrix(stem: string): RegExp;
  /** Parameters; the groups are i and m. */
  parameter(stem: string): RegExp;
  /** The axis, from 1, that a number in a name stands for. */
  axisOf(number: number): number;
  /** Names of a keyword without axis, the ones to prefer first. */
  scalar(name: string): readonly string[];
}

/** Names from before they were standardized; they have no alternates. */
const older: Readonly<Record<string, string>> = {
  EQUINOX: "EPOCH",
  RADESYS: "RADECSYS",
  RESTFRQ: "RESTFREQ",
};

/** Keywords that have no alternates. */
const shared = /^(DATE|MJD|OBSGEO)-/;

/** In tables: the longer form, which has no alternates, and the shorter one. */
const axisForms: Readonly<Record<string, string>> = {
  CTYPE: "CTYP|CTY",
  CUNIT: "CUNI|CUN",
  CRVAL: "CRVL|CRV",
  CRPIX: "CRPX|CRP",
  CDELT: "CDLT|CDE",
  CROTA: "CROT",
  CNAME: "CNAM|CNA",
};
const scalarForms: Readonly<Record<string, string>> = {
  WCSAXES: "WCAX",
  WCSNAME: "WCSN",
  LONPOLE: "LONP",
  LATPOLE: "LATP",
  RADESYS: "RADE",
  EQUINOX: "EQUI",
  SPECSYS: "SPEC",
  SSYSOBS: "SOBS",
  SSYSSRC: "SSRC",
  VELOSYS: "VSYS",
  ZSOURCE: "ZSOU",
  VELANGL: "VANG",
  RESTFRQ: "RFRQ",
  RESTWAV: "RWAV",
  "DATE-OBS": "DOBS",
  "MJD-OBS": "MJDOB",
  "DATE-AVG": "DAVG",
  "MJD-AVG": "MJDA",
  "OBSGEO-X": "OBSGX",
  "OBSGEO-Y": "OBSGY",
  "OBSGEO-Z": "OBSGZ",
};

const number = "(\\d{1,3})";

function imageKeys(a: string): WcsKeys {
  // PC001002 and CD001002 are drafts' forms that were used.
  const element = (stem: string): string =>
    a === "" ? `${stem}(?=\\d+_\\d+$|\\d{6}$)${number}_?${number}` : `${stem}${number}_${number}`;
  return {
    axis: (stem) => new RegExp(`^${stem}${number}${a}$`),
    matrix: (stem) => new RegExp(`^${element(stem)}${a}$`),
    parameter: (stem) => new RegExp(`^${stem}${number}_${number}${a}$`),
    axisOf: (axis) => axis,
    scalar: (name) => {
      if (shared.test(name)) return [name];
      const old = a === "" ? older[name] : undefined;
      return old === undefined ? [`${name}${a}`] : [name, old];
    },
  };
}

/** The keyword of a column, and of the whole table where it may stand for all of them. */
function columnScalar(name: string, column: number | undefined, a: string): readonly string[] {
  const form = scalarForms[name];
  if (form === undefined || column === undefined) return [name];
  return shared.test(name) ? [`${form}${column}`, name] : [`${form}${column}${a}`];
}

function cellKeys(column: number, a: string): WcsKeys {
  return {
    axis: (stem) => new RegExp(`^${number}(?:${axisForms[stem]})${column}${a}$`),
    matrix: (stem) => new RegExp(`^(\\d)(\\d)${stem}${column}${a}$`),
    parameter: (stem) =>
      new RegExp(`^${number}(?:${stem}|${stem.slice(1)})${column}_${number}${a}$`),
    axisOf: (axis) => axis,
    scalar: (name) => columnScalar(name, column, a),
  };
}

function listKeys(columns: readonly number[], a: string): WcsKeys {
  const among = `(${columns.join("|")})`;
  return {
    axis: (stem) => new RegExp(`^T(?:${axisForms[stem]})${among}${a}$`),
    matrix: (stem) => new RegExp(`^T(?:${stem}|${stem[0]})${among}_${among}${a}$`),
    parameter: (stem) => new RegExp(`^T(?:${stem}|${stem.slice(1)})${among}_${number}${a}$`),
    axisOf: (column) => columns.indexOf(column) + 1,
    scalar: (name) =>
      name === "WCSNAME"
        ? columns.flatMap((n) => [`WCSN${n}${a}`, `TWCS${n}${a}`])
        : name === "WCSAXES"
          ? []
          : columns.flatMap((n) => columnScalar(name, n, a)),
  };
}

function check(alternate: string, place: WcsPlace | undefined): void {
  const columns = place === undefined ? [] : "column" in place ? [place.column] : place.columns;
  const isColumn = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= 999;
  const isAlternate = /^[A-Z]?$/.test(alternate);
  if (isAlternate && columns.every(isColumn) && (place === undefined || columns.length > 0)) return;
  throw fitsError({
    code: "FITS_BAD_ARGUMENT",
    what: "there is no such description of coordinates",
    expected: isAlternate ? "columns from 1 to 999" : '"" or a letter',
    found: isAlternate ? columns.join(", ") : alternate,
  });
}

/** The names for a description in an image's header or, with `place`, in a table's. */
export function wcsKeys(alternate: string, place: WcsPlace | undefined): WcsKeys {
  check(alternate, place);
  if (place === undefined) return imageKeys(alternate);
  return "column" in place ? cellKeys(place.column, alternate) : listKeys(place.columns, alternate);
}
