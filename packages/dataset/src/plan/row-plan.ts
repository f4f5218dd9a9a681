import type { DatasetNode } from "../dataset-node.js";
import type { RowsNode } from "../dataset-rows.js";
import { badArgument, type PlainError, toPlain } from "../errors.js";
import { commonColumns, type PlacedColumns } from "../survey/common-columns.js";
import { fromPlain } from "../survey/from-plain.js";
import { findRows, rowSamples } from "../survey/rows.js";
import type { RowSource } from "../survey/sample-source.js";
import type { SurveyHdu } from "../survey/survey-hdu.js";
import { SurveyTables, type SurveyTablesOptions } from "../survey/survey-tables.js";
import { type RowColumn, rowColumn } from "./row-column.js";
import type { TensorSpec } from "./tensors.js";

/** How rows of tables become samples: a tensor for each column, or two. */
export interface RowReading {
  readonly kind: "rows";
  /** The columns that are read. */
  readonly columns: readonly RowColumn[];
  /** The local files will not be changed. */
  readonly immutable: boolean;
}

/** What planning the reading of rows gives. */
export interface RowPlan {
  readonly source: RowSource;
  readonly reading: RowReading;
  readonly tensors: readonly TensorSpec[];
  readonly broken: ReadonlyMap<number, PlainError>;
}

/** Rows have no pixels: there is nothing that image transforms could do. */
function refuseMaps(chain: readonly DatasetNode[]): void {
  const map = chain.find((node) => node.kind === "map");
  if (map === undefined) return;
  const { step } = map;
  throw badArgument(
    "rows of tables are not mapped",
    "a dataset of images or cutouts; change the tensors of a batch instead",
    step.kind === "builtin" ? step.spec.op : `a ${step.kind}`,
  );
}

async function columnsOf(
  tables: SurveyTables,
  signal: AbortSignal | undefined,
): Promise<readonly (PlacedColumns | PlainError)[]> {
  return Promise.all(
    tables.hdus.map(async ({ file, error }, i) => {
      if (error !== undefined) return error;
      try {
        const table = await tables.get(i);
        return { url: file.url, hdu: table.index, columns: await table.columns({ signal }) };
      } catch (failure) {
        signal?.throwIfAborted();
        return toPlain(failure);
      }
    }),
  );
}

/** Every name that options speak of is one of the columns. */
function checkNames({ columns, tensors }: RowsNode): void {
  const { dtype = {}, fill = {}, pad = {}, offsets = [] } = tensors;
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) throw badArgument("a column is asked for twice", "each once", twice);
  if (columns.length === 0) throw badArgument("a dataset of rows needs columns", "at least one");
  for (const [option, names] of Object.entries({ dtype, fill, pad, offsets })) {
    const all = Array.isArray(names) ? (names as readonly string[]) : Object.keys(names);
    const unknown = all.find((name) => !columns.includes(name));
    if (unknown === undefined) continue;
    throw badArgument(`${option} names no column of the dataset`, columns.join(", "), unknown);
  }
}

/** The tensors of all columns, whose names must differ. */
function tensorsOf(columns: readonly RowColumn[]): readonly TensorSpec[] {
  const names = columns.flatMap(({ names }) => names);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return columns.flatMap((column) => column.tensors);
  throw badArgument("two tensors have the same name", "columns of other names", twice);
}

/** Plans the reading of rows: looks at the columns of all files, and for the rows of `where`. */
export async function planRows(
  node: RowsNode,
  chain: readonly DatasetNode[],
  found: readonly SurveyHdu[],
  options: SurveyTablesOptions & { readonly signal?: AbortSignal | undefined },
): Promise<RowPlan> {
  refuseMaps(chain);
  checkNames(node);
  const { immutable = false } = node.options;
  const tables = new SurveyTables(found, { client: options.client, immutable });
  try {
    const placed = await columnsOf(tables, options.signal);
    const good = placed.filter((part) => "columns" in part);
    const failure = placed.find((part) => "from" in part);
    if (good.length === 0 && failure !== undefined) throw fromPlain(failure);
    const infos = commonColumns(good, node.columns);
    const columns = infos.map((info, i) => rowColumn(node.columns[i] ?? "", info, node.tensors));
    const hits = node.where === undefined ? [] : await findRows(tables, node.where, options.signal);
    const hdus = found.map((hdu, i) => {
      const part = [placed[i], hits[i]].find((p) => p !== undefined && "from" in p);
      return part !== undefined && "from" in part ? { ...hdu, error: part } : hdu;
    });
    const rows = hits.map((hit) => (hit instanceof Float64Array ? hit : undefined));
    const broken = hdus.flatMap(({ error }, i) =>
      error === undefined ? [] : [[i, error] as const],
    );
    return {
      source: rowSamples(hdus, rows),
      reading: { kind: "rows", columns, immutable },
      tensors: tensorsOf(columns),
      broken: new Map(broken),
    };
  } finally {
    await tables.close();
  }
}
