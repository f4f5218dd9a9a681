import type { DatasetNode } from "../dataset-node.js";
import { badArgument } from "../errors.js";
import { keepingLast, shuffler } from "../order/shuffle.js";
import { metaOf, type SampleSource } from "../survey/sample-source.js";

/** A sample and the epoch that it is drawn in, which differs from the loader's under `repeat`. */
export interface SampleRef {
  /** Its place in the storage order of `plan.source`. */
  readonly sample: number;
  /** From 0; random transforms draw anew in each. */
  readonly epoch: number;
}

/** The sample at each position of one epoch. */
export type EpochOrder = (position: number) => SampleRef;

/** Which sample comes at each position of an epoch: a pure function in constant memory. */
export interface Order {
  /** Positions of an epoch; Infinity for an endless one. */
  readonly length: number;
  of(epoch: number): EpochOrder;
  /** True where the order is that of storage in every epoch. */
  readonly isStatic: boolean;
}

/** Shuffles draw from streams of their own, apart from those of transforms (one a step). */
const shuffleOps = 1024;

function storageOrder(length: number): Order {
  return { length, isStatic: true, of: (epoch) => (sample) => ({ sample, epoch }) };
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
  const at = order.of(0);
  for (let i = 0; i < order.length; ++i) {
    const { sample } = at(i);
    if (keep(metaOf(source, sample))) kept.push(sample);
  }
  return {
    length: kept.length,
    isStatic: true,
    of: (epoch) => (i) => ({ sample: kept[i] ?? 0, epoch }),
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
    of: keepingLast((epoch) => {
      const at = order.of(epoch);
      const shuffled = shuffle(epoch);
      return (i) => at(shuffled(i));
    }),
  };
}

function repeated(order: Order, count: number): Order {
  const { length } = order;
  return {
    length: length === 0 ? 0 : length * count,
    isStatic: false,
    of: (epoch) => (i) => {
      const round = Math.floor(i / length);
      const before = Number.isFinite(count) ? epoch * count : epoch;
      return order.of(before + round)(i - round * length);
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
