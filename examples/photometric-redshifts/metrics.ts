/** What astronomers say of photometric redshifts, all of dz = (z_phot - z_spec) / (1 + z_spec). */
export interface RedshiftMetrics {
  /** Mean of dz. */
  readonly bias: number;
  /** 1.4826 times the median distance of dz from its median: the spread that outliers do not move. */
  readonly nmad: number;
  /** Part of the objects with |dz| > 0.15. */
  readonly outliers: number;
  /** Root of the mean square of dz. */
  readonly rms: number;
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Compares predicted redshifts with true ones. */
export function redshiftMetrics(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): RedshiftMetrics {
  const dz = Float64Array.from(truth, (z, i) => ((predicted[i] ?? 0) - z) / (1 + z));
  const middle = median(dz);
  return {
    bias: mean(dz),
    nmad: 1.4826 * median(dz.map((value) => Math.abs(value - middle))),
    outliers: dz.filter((value) => Math.abs(value) > 0.15).length / dz.length,
    rms: Math.sqrt(mean(dz.map((value) => value ** 2))),
  };
}
