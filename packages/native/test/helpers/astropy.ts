/** What astropy reads in files: another implementation's opinion of what was written. */
import { spawnSync } from "node:child_process";

/** A number as text and its Python type, because JSON would round it. */
export type PythonValue = readonly [type: string, text: string];

export interface AstropyCard {
  readonly value: PythonValue;
  readonly comment: string;
}

export interface AstropyHdu {
  readonly name: string;
  /** Null where there are no data. */
  readonly shape: readonly number[] | null;
  /** Pixels, little-endian, of the dtype that was asked for. */
  readonly pixels?: string;
  /** Per column: numbers as pixels are, strings and logicals as lists. */
  readonly columns?: readonly (string | readonly (string | boolean)[])[];
  readonly header: readonly AstropyCard[];
}

/** What to look at in a file: per HDU the dtypes to give numbers in, and keywords. */
export interface AstropyJob {
  readonly path: string;
  readonly hdus: readonly {
    readonly index: number;
    readonly dtypes: readonly string[];
    readonly keywords: readonly string[];
  }[];
}

const script = `
import base64, json, sys
import numpy as np
from astropy.io import fits

def packed(array, dtype):
    whole = np.ascontiguousarray(np.asarray(array).astype(np.dtype(dtype).newbyteorder("<")))
    return base64.b64encode(whole.tobytes()).decode()

def column(array, dtype):
    if dtype:
        return packed(array, dtype)
    cells = np.asarray(array).tolist()
    return [cell.rstrip() if isinstance(cell, str) else cell for cell in cells]

def look(hdu, dtypes, keywords):
    out = {"name": hdu.name, "shape": None, "header": []}
    for keyword in keywords:
        value = hdu.header[keyword]
        text = repr(float(value)) if isinstance(value, float) else str(value)
        comment = hdu.header.comments[keyword]
        out["header"].append({"value": [type(value).__name__, text], "comment": comment})
    if isinstance(hdu, fits.BinTableHDU) and not isinstance(hdu, fits.CompImageHDU):
        out["columns"] = [column(hdu.data.field(i), d) for i, d in enumerate(dtypes)]
    elif hdu.data is not None:
        out["shape"] = hdu.data.shape
        out["pixels"] = packed(hdu.data, dtypes[0])
    return out

answers = []
for job in json.load(sys.stdin):
    with fits.open(job["path"]) as file:
        file.verify("exception")
        answers.append([look(file[h["index"]], h["dtypes"], h["keywords"]) for h in job["hdus"]])
json.dump(answers, sys.stdout)
`;

/** An interpreter that has astropy; undefined where there is none. */
export const pythonWithAstropy: string | undefined = ["python3", "/usr/bin/python3"].find(
  (python) => spawnSync(python, ["-c", "import astropy.io.fits"], { stdio: "ignore" }).status === 0,
);

/** What astropy reads in the data of an HDU; elements as text, as random-hdus.ts has them. */
export interface AstropyData {
  /** Of an image; else null. */
  readonly pixels: readonly string[] | null;
  /** Of a table; a column that astropy fails on is null. */
  readonly columns: readonly ({
    readonly items: readonly string[];
    readonly lengths: readonly number[];
  } | null)[];
}

const dataScript = `
import json, sys, warnings
import numpy as np
from astropy.io import fits

warnings.simplefilter("error")

def texts(array):
    array = np.asarray(array)
    if array.dtype.kind == "c":
        array = np.ascontiguousarray(array).view(array.real.dtype)
    if array.dtype.kind == "f":
        size = array.dtype.itemsize
        whole = np.ascontiguousarray(array.astype(array.dtype.newbyteorder(">"))).tobytes()
        pieces = [whole[i : i + size].hex() for i in range(0, len(whole), size)]
        return ["nan" if n else p for p, n in zip(pieces, np.isnan(array).ravel())]
    if array.dtype.kind == "b":
        return [str(int(v)) for v in array.ravel()]
    return [str(v).rstrip() for v in array.ravel()]

def column(data, i, rows):
    cells = data.field(i)
    if cells.dtype.kind == "O":
        # Logicals in the heap come as their letters.
        is_logical = "L" in str(data.columns[i].format)
        rows = [texts(np.asarray(cell) == 84 if is_logical else cell) for cell in cells]
        return {"items": sum(rows, []), "lengths": [len(row) for row in rows]}
    items = texts(cells)
    return {"items": items, "lengths": [len(items) // rows] * rows if rows else []}

def tried(work):
    try:
        return work()
    except Exception:
        return None

def look(hdu):
    if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU)) and not isinstance(hdu, fits.CompImageHDU):
        count, rows = hdu.header["TFIELDS"], hdu.header["NAXIS2"]
        return {"pixels": None, "columns": [tried(lambda: column(hdu.data, i, rows)) for i in range(count)]}
    return {"pixels": None if hdu.data is None else texts(hdu.data), "columns": []}

answers = []
for path in json.load(sys.stdin):
    with fits.open(path, checksum=True) as file:
        file.verify("exception")
        answers.append([look(hdu) for hdu in file])
json.dump(answers, sys.stdout)
`;

export function runPython(python: string, program: string, input: unknown): unknown {
  const { status, stdout, stderr } = spawnSync(python, ["-c", program], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`astropy failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Looks at all files in one process. */
export function readWithAstropy(
  python: string,
  jobs: readonly AstropyJob[],
): readonly (readonly AstropyHdu[])[] {
  return runPython(python, script, jobs) as AstropyHdu[][];
}

/** Reads all data of files; checksums that are there must be right, or it fails. */
export function dataByAstropy(
  python: string,
  paths: readonly string[],
): readonly (readonly AstropyData[])[] {
  return runPython(python, dataScript, paths) as AstropyData[][];
}
