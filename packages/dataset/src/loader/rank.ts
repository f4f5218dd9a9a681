import type { RankSpec } from "../order/batches.js";

/**
 * Variables by which launchers tell a process its rank and the number of ranks: torchrun and most
 * others, Slurm, Open MPI, MPICH and Intel MPI, Kubernetes indexed jobs (which have no standard name
 * for the number of pods).
 */
const launchers: readonly (readonly [rank: string, worldSize: string])[] = [
  ["RANK", "WORLD_SIZE"],
  ["SLURM_PROCID", "SLURM_NTASKS"],
  ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
  ["PMI_RANK", "PMI_SIZE"],
  ["JOB_COMPLETION_INDEX", "WORLD_SIZE"],
];

/** This process's rank as its launcher says, or the only rank there is. */
export function rankFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): RankSpec {
  for (const [rankName, sizeName] of launchers) {
    const [rank, worldSize] = [environment[rankName], environment[sizeName]];
    if (!/^\d+$/.test(rank ?? "") || !/^\d+$/.test(worldSize ?? "")) continue;
    return { rank: Number(rank), worldSize: Number(worldSize) };
  }
  return { rank: 0, worldSize: 1 };
}
