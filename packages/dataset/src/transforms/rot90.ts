import type { Rng } from "../random.js";
import { check } from "./check.js";
import { reverseBlocks, turnSquares } from "./move.js";
import type { Sample } from "./sample.js";

/** Options of {@link rot90}. */
export interface Rot90Options {
  /**
   * Quarter turns to choose from, each entry as likely as the others, in the direction of
   * numpy.rot90 over the last two axes: the first row becomes the first column, bottom up. Default
   * [0, 1, 2, 3].
   */
  readonly turns?: readonly number[] | undefined;
}

/** What {@link rot90} describes. */
export interface Rot90Spec {
  readonly op: "rot90";
  /** Each 0, 1, 2 or 3. */
  readonly turns: readonly number[];
}

/**
 * Turns samples at random by quarters in the plane of their last two axes. In place, for any dtype.
 * The plane must be square, since all samples of a batch have one shape; with `turns: [0, 2]` it
 * need not be.
 *
 * @throws {FitsArgumentError} FITS_BAD_ARGUMENT for turns that are not integers; when applied, for
 *   samples without two axes or with a plane that is not square.
 */
export function rot90(options: Rot90Options = {}): Rot90Spec {
  const { turns = [0, 1, 2, 3] } = options;
  check(turns.length > 0 && turns.every(Number.isInteger), "turns of rot90", "integers", turns);
  const quarters = Object.freeze(turns.map((turn) => ((turn % 4) + 4) % 4));
  return Object.freeze({ op: "rot90", turns: quarters });
}

/** Whether it draws random numbers that matter. */
export function isRandomRot90({ turns }: Rot90Spec): boolean {
  return turns.some((turn) => turn !== turns[0]);
}

/** The same shape, whose last two axes must allow the turns. */
export function rot90Shape({ turns }: Rot90Spec, shape: readonly number[]): readonly number[] {
  const isEven = turns.every((turn) => turn % 2 === 0);
  const isSquare = shape.at(-2) === shape.at(-1);
  check(shape.length >= 2 && (isEven || isSquare), "rot90 of this shape", "a square plane", shape);
  return shape;
}

/** Applies it, in place. */
export function applyRot90(spec: Rot90Spec, sample: Sample, rng: Rng): Sample {
  const [height = 0, width = 0] = rot90Shape(spec, sample.shape).slice(-2);
  const turn = spec.turns[rng.int(spec.turns.length)];
  if (turn === 2) reverseBlocks(sample.data, height * width, 1);
  else if (turn !== 0) turnSquares(sample.data, height, turn === 1);
  return sample;
}
