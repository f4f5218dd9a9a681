import { type Binding, binding } from "../binding.js";
import { native } from "../errors.js";

/** The core's reads of tables. */
export type TableCore = Pick<Binding, "readColumns" | "readWhere">;

/** The core, with errors that say where; an abort of `signal` wins over them. */
export function tableCore(
  place: { readonly path: string; readonly hdu: number },
  signal: AbortSignal | undefined,
): TableCore {
  return {
    readColumns: (job) => native(() => binding.readColumns(job), place, signal),
    readWhere: (job) => native(() => binding.readWhere(job), place, signal),
  };
}
