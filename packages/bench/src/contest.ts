/**
 * A contest: readers that do the same work, one call each a round, in another random order every round.
 * What the machine does in a round it does to all of them, so ratios are taken round by round.
 */
import type { Measurement, Value } from "./bench.js";
import { type Call, type Peer, UnsupportedCall } from "./peer.js";
import { say } from "./progress.js";
import { median, quantile, shuffled } from "./statistics.js";

/** One way of doing the work. */
export interface Entry {
  /** What figures call it: entries of one group are rivals of another's. */
  readonly group: string;
  readonly peer: Peer;
  readonly variant: string;
  /** The timed call of a round; it may differ from round to round. */
  readonly call: (round: number) => Call;
  /** What has to be done before it, untimed. */
  readonly before?: (round: number) => Promise<unknown>;
  /** A call that answers the CRC-32 of the values; entries of one `kind` must agree. */
  readonly check?: Call;
  /** What the values are, where not all entries make the same ones. */
  readonly kind?: string;
  /** Samples or files of a call. */
  readonly count?: number;
  /** Runs the call, where that is more than one call of the peer. */
  readonly run?: (call: Call) => Promise<{ readonly ms: number; readonly bytes: number }>;
}

interface Dropped {
  readonly group: string;
  readonly why: string;
}

/** What was measured, and who could not take part. */
export class Contest {
  readonly measurements: readonly Measurement[];
  readonly #groups: ReadonlyMap<Measurement, string>;
  readonly #dropped: readonly Dropped[];

  constructor(groups: ReadonlyMap<Measurement, string>, dropped: readonly Dropped[]) {
    this.measurements = [...groups.keys()];
    this.#groups = groups;
    this.#dropped = dropped;
  }

  #of(groups: readonly string[]): readonly Measurement[] {
    return this.measurements.filter((m) => groups.includes(this.#groups.get(m) ?? ""));
  }

  #why(groups: readonly string[]): string {
    const reasons = this.#dropped.filter((d) => groups.includes(d.group)).map((d) => d.why);
    return reasons.length > 0 ? reasons.join("; ") : `nobody for: ${groups.join(", ")}`;
  }

  /**
   * How many times as fast as the best of the rivals our best is; `scale` 100 gives percent of a limit.
   */
  over(ours: readonly string[], rivals: readonly string[], scale = 1): Value {
    const best = fastest(this.#of(ours));
    if (best === undefined) return { missing: this.#why(ours) };
    const ratios = this.#of(rivals).map((rival) => ({ rival, ratios: ratiosOf(best, rival) }));
    const [least, ...others] = ratios.toSorted((a, b) => median(a.ratios) - median(b.ratios));
    if (least === undefined) return { missing: this.#why(rivals) };
    return {
      value: scale * median(least.ratios),
      low: scale * quantile(least.ratios, 0.25),
      high: scale * quantile(least.ratios, 0.75),
      by: best.variant,
      against: nameOf(least.rival),
      others: others.map(({ rival, ratios }) => ({
        against: nameOf(rival),
        value: scale * median(ratios),
      })),
    };
  }
}

function nameOf({ reader, variant }: Measurement): string {
  return `${reader} ${variant}`;
}

function fastest(measurements: readonly Measurement[]): Measurement | undefined {
  return measurements.reduce<Measurement | undefined>(
    (best, m) => (best === undefined || median(m.ms) < median(best.ms) ? m : best),
    undefined,
  );
}

/** Of two entries of one contest, round by round: their time / our time. */
export function ratiosOf(ours: Measurement, rival: Measurement): readonly number[] {
  return ours.ms.map((ms, i) => (rival.ms[i] ?? Number.NaN) / ms).filter(Number.isFinite);
}

/** The reason where a reader cannot do something; other errors are ours. */
function reasonOf(error: unknown, entry: Entry): Dropped {
  if (!(error instanceof Error)) throw error;
  const text =
    error instanceof UnsupportedCall ? error.message.replace(/^Error: /, "") : String(error);
  return { group: entry.group, why: `${entry.peer.name} ${entry.variant}: ${text}` };
}

async function runOf(entry: Entry, round: number): Promise<{ ms: number; bytes: number }> {
  await entry.before?.(round);
  const call = entry.call(round);
  return entry.run === undefined ? entry.peer.run(call) : entry.run(call);
}

/** Entries that can do the work, and whose values are those of the first that says what they are. */
async function checked(
  name: string,
  entries: readonly Entry[],
  dropped: Dropped[],
): Promise<readonly Entry[]> {
  const usable: Entry[] = [];
  const expected = new Map<string, number>();
  const drop = (reason: Dropped): void => {
    dropped.push(reason);
    say(`${name}: left out: ${reason.why}`);
  };
  for (const entry of entries) {
    try {
      if (entry.check !== undefined) {
        const { crc } = await entry.peer.run(entry.check);
        const kind = entry.kind ?? "";
        if (!expected.has(kind)) expected.set(kind, crc);
        if (crc !== expected.get(kind)) {
          const why = `${entry.peer.name} ${entry.variant}: other values than ${entries[0]?.peer.name}`;
          drop({ group: entry.group, why });
          continue;
        }
      }
      await runOf(entry, -1);
      usable.push(entry);
    } catch (error) {
      drop(reasonOf(error, entry));
    }
  }
  return usable;
}

/** Checks that all do the same work, then lets them do it round by round. The check warms them. */
export async function compete(
  name: string,
  entries: readonly Entry[],
  rounds: number,
): Promise<Contest> {
  const dropped: Dropped[] = [];
  const usable = await checked(name, entries, dropped);
  say(`${name}: ${rounds} rounds, ${usable.length} entries`);
  const ms = new Map<Entry, number[]>(usable.map((entry) => [entry, []]));
  const bytes = new Map<Entry, number>();
  for (let round = 0; round < rounds; ++round) {
    for (const entry of shuffled(usable, round)) {
      const result = await runOf(entry, round);
      bytes.set(entry, result.bytes);
      ms.get(entry)?.push(result.ms);
    }
  }
  const groups = new Map<Measurement, string>();
  for (const entry of usable) {
    const { peer, variant, group, count } = entry;
    const measurement = {
      case: name,
      reader: readerName(peer),
      variant,
      ms: ms.get(entry) ?? [],
      bytes: bytes.get(entry) ?? 0,
      ...(count === undefined ? {} : { count }),
    };
    groups.set(measurement, group);
  }
  return new Contest(groups, dropped);
}

/** With its version, where it is a library of that name. */
function readerName({ name, versions }: Peer): string {
  const version = versions[name] ?? (name === "CFITSIO C" ? versions["cfitsio"] : undefined);
  return version === undefined ? name : `${name} ${version}`;
}
