import { type Column, type ColumnMetadata, dtypeOf, type NdArray } from "@fitstream/native";
import { tableError } from "../errors.js";
import { makeColumn } from "./columns.js";

type Tensors = Readonly<Record<string, NdArray>>;

const product = (shape: readonly number[]): number => shape.reduce((n, axis) => n * axis, 1);

function checkTensor(name: string, { data, dtype, shape }: NdArray): void {
  if (shape.length > 0 && product(shape) === data.length && dtypeOf(data) === dtype) return;
  throw tableError({
    code: "TABLE_TYPE",
    what: "the tensor does not hold what its shape and dtype say",
    expected: `[rows, ...cell], here [${shape}] of ${dtype}`,
    found: `${data.length} values of ${dtypeOf(data)}`,
    column: name,
  });
}

/** What a schema says of values of this dtype: logicals and complex pairs lie in tensors as numbers. */
function toldOf(
  tensor: NdArray,
  info: ColumnMetadata | undefined,
): Partial<ColumnMetadata> & Pick<ColumnMetadata, "kind"> {
  const cellShape = tensor.shape.slice(1);
  const kind = info?.kind ?? "number";
  if (kind === "complex" && cellShape.at(-1) === 2) {
    return { ...info, kind, cellShape: cellShape.slice(0, -1) };
  }
  const isBits = tensor.dtype === "uint8" && (kind === "logical" || kind === "bit");
  return { ...info, kind: isBits ? kind : "number", cellShape };
}

/** Where the cells of a tensor begin; undefined where they are all of one length. */
function offsetsOf(name: string, tensors: Tensors): Int32Array | undefined {
  const tensor = tensors[`${name}.offsets`];
  if (tensor === undefined) return undefined;
  checkTensor(`${name}.offsets`, { ...tensor, dtype: "int32" });
  return tensor.data as Int32Array;
}

/**
 * Tensors by name as columns, in the tensors' own memory: the first axis is the rows, the others are
 * the cell. A tensor `NAME.offsets` beside `NAME` says where cells of different length begin.
 */
export function columnsOfTensors(tensors: Tensors, schema: readonly ColumnMetadata[]): Column[] {
  const isOffsets = (name: string): boolean =>
    name.endsWith(".offsets") && name.slice(0, -".offsets".length) in tensors;
  const values = Object.entries(tensors).filter(([name]) => !isOffsets(name));
  return values.map(([name, tensor]) => {
    checkTensor(name, tensor);
    const lower = name.toLowerCase();
    const info = schema.find((known) => known.name.toLowerCase() === lower);
    const offsets = offsetsOf(name, tensors);
    return makeColumn(name, tensor.data, { ...toldOf(tensor, info), offsets });
  });
}
