import { hash, Random } from "../shared/random.js";
import { drawElliptical, drawSpiral, type Galaxy } from "./galaxy.js";
import { blurKernel, pointStamp } from "./psf.js";
import { addStamp, convolve, type Profile, renderStamp, type Stamp } from "./stamp.js";

/** What the classes of the catalogue are called, by number. */
export const classNames = ["elliptical", "spiral", "point"] as const;

/** Side of the cutouts that the catalogue is made for, in pixels. */
export const stampSize = 32;

/** Counts of the empty sky, before the gradient; the same for all fields within a few percent. */
export const skyLevel = 200;

/** Electrons per count. */
export const gain = 1.5;

/** Noise of the readout, standard deviation in counts. */
export const readNoise = 5;

/** Standard deviation of a pixel of empty sky, in counts: about 12.6. */
export const skyNoise: number = Math.sqrt(skyLevel / gain + readNoise ** 2);

/** What to simulate. */
export interface SurveyOptions {
  /** Integer. Everything follows from it. */
  readonly seed: number;
  /** Default 3000: enough to learn from within half a minute. */
  readonly objects?: number;
  /** Files of the survey, each one look at the sky through one atmosphere. Default 6. */
  readonly files?: number;
  /** Images in a file, one a detector. Default 4. */
  readonly detectors?: number;
  /** Shape of each image in pixels, `[height, width]`. Default 1024 x 1024. */
  readonly fieldShape?: readonly [number, number];
}

/** {@link SurveyOptions} with the defaults filled in. */
export type ResolvedSurveyOptions = Required<SurveyOptions>;

/** The objects of a survey, one array a column, in the order of the fields. */
export interface Catalogue {
  /** From 0; also the row. */
  readonly id: Int32Array;
  /** Number of the file, from 0. */
  readonly file: Int16Array;
  /** Index of the HDU in the file, from 1: the primary HDU holds no pixels. */
  readonly hdu: Int16Array;
  /** Column of the centre in pixels; the centre of the first pixel is 0. */
  readonly x: Float32Array;
  /** Row of the centre in pixels. */
  readonly y: Float32Array;
  /** Index into {@link classNames}. */
  readonly class: Uint8Array;
  /** All of the object's light, in counts. */
  readonly flux: Float32Array;
  /** 1 for the objects to test with, about a fifth; 0 for those to train with. */
  readonly isTest: Uint8Array;
}

/** The image of one detector. */
export interface Field {
  /** As in the catalogue. */
  readonly file: number;
  /** As in the catalogue. */
  readonly hdu: number;
  /** `[height, width]`. */
  readonly shape: readonly [number, number];
  /** Counts, C order; memory of its own. */
  readonly pixels: Float32Array;
  /** Full width at half maximum of a point source, in pixels. */
  readonly psfFwhm: number;
}

/** A simulated survey: its catalogue, and its images as they are asked for. */
export interface Survey {
  readonly options: ResolvedSurveyOptions;
  readonly catalogue: Catalogue;
  /** Renders the images one after the other, file by file; each depends on the seed alone. */
  fields(): Generator<Field, void, undefined>;
}

/** What a stream of random numbers is for: the second key of each, after the seed. */
const streams = { atmosphere: 1, objects: 2, shape: 3, sky: 4 } as const;

/** Least distance between two objects of a field, in pixels: stamps may overlap, cores may not. */
const minSeparation = 12;

/** Counts of the faintest and the brightest objects, and the slope of the power law between. */
const fluxes = { low: 8_000, high: 120_000, slope: 1.7 } as const;

function resolve(options: SurveyOptions): ResolvedSurveyOptions {
  return { objects: 3000, files: 6, detectors: 4, fieldShape: [1024, 1024], ...options };
}

/**
 * Simulates a small survey of galaxies and stars: the catalogue at once, the images field by field.
 * The same options give the same bits each time.
 *
 * @example
 * ```ts
 * const survey = simulateSurvey({ seed: 1 });
 * for (const field of survey.fields()) console.log(field.file, field.hdu, field.pixels.length);
 * ```
 * @throws {RangeError} when the fields are too small to hold so many objects.
 */
export function simulateSurvey(options: SurveyOptions): Survey {
  const resolved = resolve(options);
  const catalogue = drawCatalogue(resolved);
  return { options: resolved, catalogue, fields: () => renderFields(resolved, catalogue) };
}

/** First object of a field: they are dealt out evenly, in order. */
function firstOf(field: number, { objects, files, detectors }: ResolvedSurveyOptions): number {
  return Math.floor((field * objects) / (files * detectors));
}

function drawCatalogue(options: ResolvedSurveyOptions): Catalogue {
  const { seed, objects, files, detectors } = options;
  const catalogue: Catalogue = {
    id: Int32Array.from({ length: objects }, (_, i) => i),
    file: new Int16Array(objects),
    hdu: new Int16Array(objects),
    x: new Float32Array(objects),
    y: new Float32Array(objects),
    class: new Uint8Array(objects),
    flux: new Float32Array(objects),
    // Of the id alone, so that a survey of more objects keeps the split.
    isTest: Uint8Array.from({ length: objects }, (_, i) => (hash(i) % 5 === 0 ? 1 : 0)),
  };
  for (let field = 0; field < files * detectors; ++field) {
    const random = new Random(seed, streams.objects, field);
    const first = firstOf(field, options);
    const end = firstOf(field + 1, options);
    catalogue.file.fill(Math.floor(field / detectors), first, end);
    catalogue.hdu.fill(1 + (field % detectors), first, end);
    for (let i = first; i < end; ++i) {
      place(catalogue, first, i, options.fieldShape, random);
      catalogue.class[i] = Math.floor(random.uniform() * classNames.length);
      catalogue.flux[i] = random.powerLaw(fluxes.low, fluxes.high, fluxes.slope);
    }
  }
  return catalogue;
}

/** Finds object `i` a place: its stamp inside the image, away from objects `first` to `i - 1`. */
function place(
  { x, y }: Catalogue,
  first: number,
  i: number,
  [height, width]: readonly [number, number],
  random: Random,
): void {
  const edge = stampSize / 2;
  for (let attempt = 0; attempt < 1000; ++attempt) {
    x[i] = random.between(edge, width - 1 - edge);
    y[i] = random.between(edge, height - 1 - edge);
    if (isFree({ x, y }, first, i)) return;
  }
  throw new RangeError(
    `fieldShape [${height}, ${width}] is too small: expected room for the ${i - first + 1} objects ` +
      `of a field, ${minSeparation} pixels apart and ${edge} from the edges`,
  );
}

function isFree({ x, y }: Pick<Catalogue, "x" | "y">, first: number, i: number): boolean {
  for (let j = first; j < i; ++j) {
    const dx = (x[i] ?? 0) - (x[j] ?? 0);
    const dy = (y[i] ?? 0) - (y[j] ?? 0);
    if (dx * dx + dy * dy < minSeparation ** 2) return false;
  }
  return true;
}

function* renderFields(
  options: ResolvedSurveyOptions,
  catalogue: Catalogue,
): Generator<Field, void, undefined> {
  for (let field = 0; field < options.files * options.detectors; ++field) {
    yield renderField(options, catalogue, field);
  }
}

function renderField(options: ResolvedSurveyOptions, catalogue: Catalogue, field: number): Field {
  const { seed, detectors, fieldShape } = options;
  const file = Math.floor(field / detectors);
  const psfFwhm = new Random(seed, streams.atmosphere, file).between(2.2, 2.8);
  const seeing = { psfFwhm, kernel: blurKernel(psfFwhm) };
  const random = new Random(seed, streams.sky, field);
  const pixels = new Float32Array(fieldShape[0] * fieldShape[1]);
  const image = { shape: fieldShape, pixels };
  fillSky(image, random);
  for (let i = firstOf(field, options); i < firstOf(field + 1, options); ++i) {
    addObject(image, catalogue, i, seeing, new Random(seed, streams.shape, i));
  }
  addNoise(pixels, random);
  return { file, hdu: 1 + (field % detectors), psfFwhm, ...image };
}

type Image = Pick<Field, "shape" | "pixels">;

/** The sky is brighter towards one side: scattered light of the moon, say. */
function fillSky({ pixels, shape: [height, width] }: Image, random: Random): void {
  const level = skyLevel * random.between(0.98, 1.02);
  const slopeX = (level * random.between(-0.05, 0.05)) / width;
  const slopeY = (level * random.between(-0.05, 0.05)) / height;
  for (let y = 0, i = 0; y < height; ++y) {
    const start = level + slopeY * (y - height / 2);
    for (let x = 0; x < width; ++x, ++i) pixels[i] = start + slopeX * (x - width / 2);
  }
}

/** What the atmosphere does to the objects of a field. */
interface Seeing {
  readonly psfFwhm: number;
  readonly kernel: Stamp;
}

function addObject(
  image: Image,
  catalogue: Catalogue,
  i: number,
  seeing: Seeing,
  random: Random,
): void {
  const x = catalogue.x[i] ?? 0;
  const y = catalogue.y[i] ?? 0;
  const pixel = { x: Math.round(x), y: Math.round(y) };
  const name = classNames[catalogue.class[i] ?? 0] ?? "point";
  const stamp = objectStamp(name, x - pixel.x, y - pixel.y, seeing, random);
  addStamp(image, stamp, pixel, catalogue.flux[i] ?? 0);
}

function objectStamp(
  name: (typeof classNames)[number],
  dx: number,
  dy: number,
  { psfFwhm, kernel }: Seeing,
  random: Random,
): Stamp {
  switch (name) {
    case "elliptical":
      return convolve(galaxyStamp(drawElliptical(random), dx, dy), kernel);
    case "spiral":
      return convolve(galaxyStamp(drawSpiral(random), dx, dy), kernel);
    case "point":
      return pointStamp(psfFwhm, dx, dy);
  }
}

function galaxyStamp({ profile, radius }: Galaxy, dx: number, dy: number): Stamp {
  const shifted: Profile = (x, y) => profile(x - dx, y - dy);
  return renderStamp(shifted, radius, { near: 6, far: 2 });
}

/** Photons arrive by chance, which for so many is a normal distribution; the readout adds to it. */
function addNoise(pixels: Float32Array, random: Random): void {
  for (let i = 0; i < pixels.length; ++i) {
    const counts = pixels[i] ?? 0;
    pixels[i] = counts + random.normal() * Math.sqrt(counts / gain + readNoise ** 2);
  }
}
