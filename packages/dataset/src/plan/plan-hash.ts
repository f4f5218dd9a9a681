import { createHash, type Hash } from "node:crypto";
import { basename } from "node:path";
import type { DatasetNode, MapStep } from "../dataset-node.js";
import type { ImageSource, RowSource, SampleSource } from "../survey/sample-source.js";

/** The last part of a path or URL: a survey may be moved, or served, without changing its order. */
function nameOf(url: string): string {
  return basename(url.replace(/[?#].*$/, ""));
}

function describeStep(step: MapStep): unknown {
  switch (step.kind) {
    case "builtin":
      return step.spec;
    case "module":
      return [nameOf(step.url), new URL(step.url).hash, step.options, step.shape];
    case "closure":
      return step.run.toString();
  }
}

/** Options of columns; JSON has no BigInts. */
function describeTensors(tensors: Extract<DatasetNode, { kind: "rows" }>["tensors"]): string {
  return JSON.stringify(tensors, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

function describeNode(node: DatasetNode): unknown {
  switch (node.kind) {
    case "images":
      return [node.kind, node.hdu, node.options.dtype];
    case "cutouts":
      return [node.kind, node.hdu, node.size, node.edge, node.options.dtype];
    case "rows":
      return [node.kind, node.hdu, node.columns, node.where, describeTensors(node.tensors)];
    case "map":
      return [node.kind, describeStep(node.step)];
    case "filter":
      return [node.kind, node.keep.toString()];
    case "shuffle":
      return [node.kind, node.seed, node.block, node.window];
    case "repeat":
      return [node.kind, String(node.count)];
    case "take":
      return [node.kind, node.count];
    case "zip":
      return [node.kind, Object.keys(node.labels)];
    case "batch":
      return [node.kind, node.size, node.tail];
  }
}

/** Images or numbers hashed at a time: a call for each would take longer than the hashing. */
const chunkLength = 4096;

/**
 * A name for the order of samples and what is done to them. Equal plans have equal names wherever
 * their files lie, on disk or behind a server.
 */
export function hashPlan(
  chain: readonly DatasetNode[],
  source: SampleSource,
  length: number,
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([chain.map(describeNode), String(length)]));
  for (let i = 0; i < source.hdus.length; i += chunkLength) {
    const images = source.hdus.slice(i, i + chunkLength);
    const described = images.map(({ file, hdu }) => [
      nameOf(file.url),
      hdu?.index,
      hdu?.shape,
      hdu?.bitpix,
    ]);
    hash.update(JSON.stringify(described));
  }
  if (source.kind === "rows") hashHits(hash, source);
  else hashSamples(hash, source);
  return hash.digest("hex").slice(0, 32);
}

/** Rows are all those of their tables, whose number is known by now, or lists of them. */
function hashHits(hash: Hash, { hits }: RowSource): void {
  for (const rows of hits) {
    hash.update(`${rows?.length};`);
    if (rows !== undefined) hash.update(rows);
  }
}

function hashSamples(hash: Hash, source: ImageSource): void {
  let numbers: number[] = [];
  for (let i = 0; i < source.length; ++i) {
    numbers.push(source.idOf(i), source.hduOf(i));
    for (const n of source.originOf(i)) numbers.push(n);
    if (numbers.length >= chunkLength || i === source.length - 1) {
      hash.update(new Float64Array(numbers));
      numbers = [];
    }
  }
}
