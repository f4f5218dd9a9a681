/** Directed graphs: what depends on what. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** A cycle, first node repeated at its end; undefined where there is none. */
export function cycleIn(graph: Graph): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== undefined) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** The arrows between groups of nodes; those within a group are left out. */
export function grouped(graph: Graph, groupOf: (node: string) => string | undefined): Graph {
  const arrows = new Map<string, Set<string>>();
  for (const [node, nexts] of graph) {
    const from = groupOf(node);
    if (from === undefined) continue;
    const to = arrows.get(from) ?? new Set();
    arrows.set(from, to);
    for (const group of nexts.map(groupOf)) {
      if (group !== undefined && group !== from) to.add(group);
    }
  }
  return new Map([...arrows].map(([from, to]) => [from, [...to].sort()] as const));
}

/** Nodes from which `target` can be reached. */
export function reaching(graph: Graph, target: string): ReadonlySet<string> {
  const found = new Set([target]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const [node, nexts] of graph) if (nexts.some((next) => found.has(next))) found.add(node);
  }
  found.delete(target);
  return found;
}
