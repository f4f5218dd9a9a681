import type { DatasetNode } from "../dataset-node.js";
import { badArgument } from "../errors.js";
import { shuffler } from "../order/shuffle.js";
import { metaOf, type SampleSource } from "../survey/sample-source.js";

/** A sample and the epoch that it is drawn in, which differs from the loader's under `repeat`. */
export interface SampleRef {
  /** Its place in the storage order of `plan.source`. */
  readonly sample: number;
  /** From 0; random transforms draw anew in each. */
  readonly epoch: number;
}

/** Which sample comes at each position of an epoch: a pure function in constant memory. */
export interface Order {
  /** Positions of an epoch; Infinity for an endless one. */
  readonly length: number;
  at(epoch: number, position: number): SampleRef;
  /** True where `at` does not depend on the epoch and the order is that of storage. */
  readonly isStatic: boolean;
}

/** Shuffles draw from streams of their own, apart from those of transforms (one a step). */
const shuffleOps = 1024;

function storageOrder(length: number): Order {
  return { length, isStatic: true, at: (epoch, sample) => ({ sample, epoch }) };
}

function filtered(
  order: Order,
  source: SampleSource,
  keep: Extract<DatasetNode, { kind: "filter" }>["keep"],
): Order {
  if (!order.isStatic) {
    throw badArgument("filter comes too late", "filter before shuffle and repeat");
  }
  const kept: number[] = [];
  for (let i = 0; i < order.length; ++i) {
    const { sample } = order.at(0, i);
    if (keep(metaOf(source, sample))) kept.push(sample);
  }
  return {
    length: kept.length,
    isStatic: true,
    at: (epoch, i) => ({ sample: kept[i] ?? 0, epoch }),
  };
}

/**
 * Shuffles up to a step: each has random numbers of its own, which do not change with what comes
 * after it.
 */
function shufflesOf(node: DatasetNode): number {
  if (!("from" in node)) return 0;
  return shufflesOf(node.from) + (node.kind === "shuffle" ? 1 : 0);
}

function shuffled(order: Order, node: Extract<DatasetNode, { kind: "shuffle" }>): Order {
  const { seed, block, window } = node;
  if (!Number.isFinite(order.length)) {
    throw badArgument("an endless dataset cannot be shuffled", "shuffle before repeat");
  }
  const shuffle = shuffler(
    order.length,
    { seed, block, window },
    shuffleOps + shufflesOf(node.from),
  );
  return {
    length: order.length,
    isStatic: false,
    at: (epoch, i) => order.at(epoch, shuffle(epoch, i)),
  };
}

function repeated(order: Order, count: number): Order {
  const { length } = order;
  return {
    length: length === 0 ? 0 : length * count,
    isStatic: false,
    at: (epoch, i) => {
      const round = Math.floor(i / length);
      const before = Number.isFinite(count) ? epoch * count : epoch;
      return order.at(before + round, i - round * length);
    },
  };
}

/** The order that the steps of a dataset make of its samples. */
export function orderOf(node: DatasetNode, source: SampleSource): Order {
  switch (node.kind) {
    case "images":
    case "cutouts":
    case "rows":
      return storageOrder(source.length);
    case "map":
    case "zip":
    case "batch":
      return orderOf(node.from, source);
    case "filter":
      return filtered(orderOf(node.from, source), source, node.keep);
    case "shuffle":
      return shuffled(orderOf(node.from, source), node);
    case "repeat":
      return repeated(orderOf(node.from, source), node.count);
    case "take": {
      const order = orderOf(node.from, source);
      return { ...order, length: Math.min(order.length, node.count) };
    }
  }
}
