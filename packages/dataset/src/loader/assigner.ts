import { DatasetError, toPlain } from "../errors.js";
import { positionsOf, type RankSpec } from "../order/batches.js";
import type { SamplePlan } from "../plan/sample-plan.js";
import {
  type Assignment,
  type FailedPlace,
  type PlacedSample,
  rowLength,
  type StepRef,
} from "./assignment.js";
import type { Filler } from "./filler.js";

/** An assignment under way. */
interface Draft extends Assignment {
  readonly remote: PlacedSample[];
  readonly failed: FailedPlace[];
  /** Numbers of `local` that are taken. */
  end: number;
}

function otherRank(expected: number, found: number): DatasetError {
  return new DatasetError({
    code: "DATASET_MISMATCH",
    what: "the image has another number of axes than the others",
    expected: String(expected),
    found: String(found),
  });
}

/** Says which samples batches have, and where they lie. */
export class Assigner {
  readonly #plan: SamplePlan;
  readonly #rank: RankSpec;
  readonly #places: number;
  readonly #filler: Filler;

  /** @param places Places of a batch. */
  constructor(plan: SamplePlan, rank: RankSpec, places: number, filler: Filler) {
    this.#plan = plan;
    this.#rank = rank;
    this.#places = places;
    this.#filler = filler;
  }

  /** The samples of a group of batches. */
  assign(group: readonly StepRef[]): Assignment {
    const places = this.#places * group.length;
    const draft: Draft = {
      samples: new Float64Array(places).fill(Number.NaN),
      keys: new Float64Array(2 * places).fill(Number.NaN),
      local: new Float64Array(rowLength(this.#filler.rank) * places),
      remote: [],
      failed: [],
      end: 0,
    };
    let first = 0;
    for (const { epoch, step } of group) {
      const sampleAt = this.#plan.order.of(epoch);
      const positions = positionsOf(this.#plan.batches, step, this.#rank);
      for (let i = 0; i < positions.length; ++i) {
        const position = positions[i];
        if (position === undefined) continue;
        const { sample, epoch: sampleEpoch } = sampleAt(position);
        this.#put(draft, first + i, sample, sampleEpoch);
      }
      first += this.#places;
    }
    return { ...draft, local: draft.local.subarray(0, draft.end) };
  }

  #put(draft: Draft, place: number, sample: number, epoch: number): void {
    const { source, broken } = this.#plan;
    const id = source.idOf(sample);
    const hdu = source.hduOf(sample);
    draft.samples[place] = sample;
    draft.keys[2 * place] = id;
    draft.keys[2 * place + 1] = epoch;
    const error = broken.get(hdu);
    if (error !== undefined) {
      draft.failed.push({ place, error });
      return;
    }
    try {
      const origin = this.#filler.originOf(sample, hdu, id, epoch);
      const { rank } = this.#filler;
      if (origin.length !== rank) throw otherRank(rank, origin.length);
      if (source.hdus[hdu]?.isRemote === true) draft.remote.push({ place, hdu, origin });
      else this.#putLocal(draft, place, hdu, origin);
    } catch (e) {
      draft.failed.push({ place, error: toPlain(e) });
    }
  }

  #putLocal(draft: Draft, place: number, hdu: number, origin: readonly number[]): void {
    const { local, end } = draft;
    local[end] = place;
    local[end + 1] = hdu;
    for (let axis = 0; axis < origin.length; ++axis) local[end + 2 + axis] = origin[axis] ?? 0;
    draft.end = end + rowLength(origin.length);
  }
}
