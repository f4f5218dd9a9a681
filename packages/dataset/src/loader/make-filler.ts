import type { RemoteClient } from "@fitstream/remote";
import type { TensorPool } from "../memory/tensor-pool.js";
import type { SamplePlan } from "../plan/sample-plan.js";
import { SurveyTables } from "../survey/survey-tables.js";
import type { Executor } from "./executor.js";
import { Fetcher } from "./fetcher.js";
import type { Filler } from "./filler.js";
import { ImageFiller } from "./image-filler.js";
import { RowFiller } from "./row-filler.js";
import type { SlotLayout } from "./slot-layout.js";
import type { StageClock } from "./stats.js";

/** The filler for what a plan reads. */
export function makeFiller(parts: {
  readonly plan: SamplePlan;
  readonly layout: SlotLayout;
  readonly executor: Executor;
  readonly pool: TensorPool;
  readonly client: RemoteClient | undefined;
  readonly clock: StageClock;
}): Filler {
  const { plan, pool, client } = parts;
  const { source, reading } = plan;
  if (reading.kind === "images") {
    const fetcher = new Fetcher(source, reading.decoded, pool, client);
    return new ImageFiller({ ...parts, reading, fetcher });
  }
  const tables = new SurveyTables(source.hdus, { client, immutable: reading.immutable });
  return new RowFiller({ ...parts, source, reading, tables });
}
