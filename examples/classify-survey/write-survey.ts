import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type HeaderEntry,
  type ImageToWrite,
  type TableToWrite,
  type TileCompression,
  writeFits,
} from "@fitstream/native";
import {
  type Catalogue,
  classNames,
  type Field,
  gain,
  type ResolvedSurveyOptions,
  readNoise,
  type Survey,
  type SurveyOptions,
  simulateSurvey,
} from "./sky.js";

/** How far {@link writeSurvey} has come. */
export interface WriteProgress {
  /** Images rendered. */
  readonly done: number;
  /** Images in all. */
  readonly total: number;
}

/** A survey on disk. */
export interface WrittenSurvey {
  readonly options: ResolvedSurveyOptions;
  /** Paths of the files with images; the catalogue's `file` is an index into them. */
  readonly images: readonly string[];
  /** Path of the FITS file with the catalogue, a binary table in HDU 1. */
  readonly cataloguePath: string;
  /** What that file holds. */
  readonly catalogue: Catalogue;
  /** Whether it was there already. */
  readonly isReused: boolean;
}

/** Raise it when the simulation or the files change: surveys of before are then written anew. */
const recipe = 1;

/** Written last: a survey without it, or with another one, is not complete. */
const stampName = "survey.json";

/**
 * What archives hold, one way a file in turn. Quantizing to a sixteenth of the noise adds 0.02 % to
 * it and packs the floats to less than a quarter; integers are packed without loss.
 */
const encodings: readonly {
  readonly dtype: "float32" | "int16";
  readonly compression?: TileCompression;
}[] = [
  { dtype: "float32" },
  { dtype: "float32", compression: { codec: "RICE_1", quantize: 16 } },
  { dtype: "int16" },
  { dtype: "int16", compression: { codec: "RICE_1" } },
];

/**
 * Writes a simulated survey as FITS files: mosaics with an image extension for each detector (plain
 * and RICE-compressed, float32 and int16, in turn) and `catalogue.fits`. A complete survey of the
 * same options in `directory` is reused; anything else of these names is replaced. What is rendered
 * is held one file at a time: 16 MiB with the default options.
 *
 * @param directory Made where it does not exist.
 * @param onProgress Called after each image; not at all where the survey is reused.
 * @throws {RangeError} as {@link simulateSurvey}.
 * @throws {FitsIoError} when the disk refuses.
 */
export async function writeSurvey(
  directory: string,
  options: SurveyOptions,
  onProgress?: (progress: WriteProgress) => void,
): Promise<WrittenSurvey> {
  const survey = simulateSurvey(options);
  const images = Array.from({ length: survey.options.files }, (_, file) =>
    join(directory, `mosaic-${String(file).padStart(2, "0")}.fits`),
  );
  const cataloguePath = join(directory, "catalogue.fits");
  const stampPath = join(directory, stampName);
  const paths = [...images, cataloguePath];
  const isReused = await isComplete(stampPath, survey.options, paths);
  if (!isReused) {
    await mkdir(directory, { recursive: true });
    await rm(stampPath, { force: true });
    await writeImages(images, survey, onProgress);
    await writeFits(cataloguePath, [tableOf(survey.catalogue)], { overwrite: true });
    await writeFile(stampPath, await stampOf(survey.options, paths));
  }
  const { catalogue } = survey;
  return { options: survey.options, images, cataloguePath, catalogue, isReused };
}

async function isComplete(
  stampPath: string,
  options: ResolvedSurveyOptions,
  paths: readonly string[],
): Promise<boolean> {
  try {
    return (await readFile(stampPath, "utf8")) === (await stampOf(options, paths));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

/** What was written, with the size of each file, so that one cut short is noticed. */
async function stampOf(options: ResolvedSurveyOptions, paths: readonly string[]): Promise<string> {
  const { seed, objects, files, detectors, fieldShape } = options;
  const sizes: Record<string, number> = {};
  for (const path of paths) sizes[basename(path)] = (await stat(path)).size;
  return JSON.stringify({ recipe, seed, objects, files, detectors, fieldShape, sizes });
}

async function writeImages(
  paths: readonly string[],
  survey: Survey,
  onProgress?: (progress: WriteProgress) => void,
): Promise<void> {
  const { seed, detectors } = survey.options;
  const total = paths.length * detectors;
  const fields = survey.fields();
  for (const [file, path] of paths.entries()) {
    const extensions: ImageToWrite[] = [];
    for (let d = 0; d < detectors; ++d) {
      const { value: field } = fields.next();
      if (field === undefined) break;
      extensions.push(extensionOf(field, seed));
      onProgress?.({ done: file * detectors + d + 1, total });
    }
    await writeFits(path, [{ kind: "image" }, ...extensions], { overwrite: true });
  }
}

function extensionOf(field: Field, seed: number): ImageToWrite {
  const { dtype, compression } = encodings[field.file % encodings.length] ?? { dtype: "float32" };
  return {
    kind: "image",
    name: `DET${field.hdu}`,
    data: dtype === "int16" ? Int16Array.from(field.pixels, Math.round) : field.pixels,
    shape: field.shape,
    header: headerOf(field, seed),
    ...(compression === undefined ? {} : { compression }),
  };
}

function headerOf(field: Field, seed: number): HeaderEntry[] {
  return [
    { keyword: "OBJECT", value: `Simulated field ${field.file}` },
    { keyword: "FILTER", value: "r" },
    { keyword: "EXPTIME", value: 90, comment: "[s]" },
    { keyword: "BUNIT", value: "count" },
    { keyword: "GAIN", value: gain, comment: "[electron/count]" },
    { keyword: "RDNOISE", value: readNoise, comment: "[count]" },
    { keyword: "SEED", value: seed, comment: "of the simulation" },
    { keyword: "PSF_FWHM", value: field.psfFwhm, comment: "[pixel]" },
  ];
}

function tableOf(catalogue: Catalogue): TableToWrite {
  return {
    kind: "bintable",
    name: "CATALOGUE",
    header: [
      { keyword: "PIXORIG", value: 0, comment: "X and Y of the centre of the first pixel" },
      ...classNames.map((value, i) => ({ keyword: `CLASS${i}`, value })),
    ],
    columns: [
      { name: "ID", values: catalogue.id },
      { name: "FILE", values: catalogue.file },
      { name: "HDU", values: catalogue.hdu },
      { name: "X", values: catalogue.x, unit: "pixel" },
      { name: "Y", values: catalogue.y, unit: "pixel" },
      { name: "CLASS", values: catalogue.class },
      { name: "FLUX", values: catalogue.flux, unit: "count" },
      { name: "TEST", values: catalogue.isTest },
    ],
  };
}
