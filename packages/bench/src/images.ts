/** How fast are whole plain images read, from path to native-endian pixels in memory that is ready? */
import type { Bench, Context, Outcome, Result } from "./bench.js";
import { type Contest, compete, type Entry } from "./contest.js";
import { type PixelType, plainImage } from "./data-images.js";
import type { Peer } from "./peer.js";
import { Readers } from "./peers.js";

const types: readonly PixelType[] = ["f32", "i16", "u16", "i32", "f64", "u8"];
/** Integers that are read as float32 as well. */
const fusedTypes: readonly PixelType[] = ["i16", "u16"];

/** One way of reading an image, as an entry of a contest. */
export function imageEntry(
  peer: Peer,
  group: string,
  how: string,
  {
    path,
    ext,
    type = "native",
  }: { readonly path: string; readonly ext: number; readonly type?: string },
): Entry {
  const check = { command: `image ${how}+crc ${type} ${ext} ${path}` };
  return {
    group,
    peer,
    variant: type === "native" ? how : `${how}, ${type}`,
    call: () => ({ command: `image ${how} ${type} ${ext} ${path}` }),
    check,
    kind: type,
  };
}

/** memcpy of the file's bytes. */
export function memcpyEntries({ limits }: Readers, path: string): readonly Entry[] {
  return limits.map((peer) => ({
    group: "memcpy",
    peer,
    variant: "memcpy",
    call: () => ({ command: `memcpy ${path}` }),
  }));
}

function entriesOf(readers: Readers, path: string, types: readonly string[]): readonly Entry[] {
  const { ours, oursFresh, c, python } = readers;
  return types.flatMap((type) => {
    const image = { path, ext: 0, type };
    const suffix = type === "native" ? "" : ` ${type}`;
    const of = (peer: Peer, group: string, how: string): Entry =>
      imageEntry(peer, `${group}${suffix}`, how, image);
    const fresh = type === "native" ? [of(oursFresh, "ours fresh", "fresh")] : [];
    return [
      of(ours, "ours", "pooled"),
      ...fresh,
      of(ours, "ours kept", "kept"),
      ...c.flatMap((peer) => [
        of(peer, "C", "pooled"),
        ...(type === "native" ? [of(peer, "C fresh", "fresh")] : []),
      ]),
      ...python.flatMap((peer) => [of(peer, "peer", "fresh"), of(peer, "peer kept", "kept")]),
    ];
  });
}

function outcomesOf(type: PixelType, contest: Contest): readonly Outcome[] {
  const call = (row: string, suffix: string): Outcome => ({
    row,
    values: {
      "over C": contest.over([`ours${suffix}`], [`C${suffix}`]),
      "over peer": contest.over([`ours${suffix}`], [`peer${suffix}`]),
      "of memcpy": contest.over([`ours${suffix}`], ["memcpy"], 100),
    },
  });
  const kept = (row: string, suffix: string): Outcome => ({
    row,
    values: {
      "over C": contest.over([`ours kept${suffix}`], [`C${suffix}`]),
      "over peer": contest.over([`ours kept${suffix}`], [`peer${suffix}`]),
      "over kept peer": contest.over([`ours kept${suffix}`], [`peer kept${suffix}`]),
      "of memcpy": contest.over([`ours kept${suffix}`], ["memcpy"], 100),
    },
  });
  const fresh: Outcome = {
    row: `${type}-fresh`,
    values: {
      "over C": contest.over(["ours fresh"], ["C fresh"]),
      "over peer": contest.over(["ours fresh"], ["peer"]),
    },
  };
  const fused = fusedTypes.includes(type)
    ? [call(`${type}-float`, " float32"), kept(`${type}-float-kept`, " float32")]
    : [];
  return [call(type, ""), kept(`${type}-kept`, ""), fresh, ...fused];
}

async function benchImage(context: Context, type: PixelType): Promise<Result> {
  const path = await plainImage(context.data, type);
  const wanted = fusedTypes.includes(type) ? ["native", "float32"] : ["native"];
  return await Readers.use(context, async (readers) => {
    await readers.reload([path]);
    const entries = [...entriesOf(readers, path, wanted), ...memcpyEntries(readers, path)];
    const contest = await compete(`image ${type}`, entries, context.rounds);
    return { outcomes: outcomesOf(type, contest), measurements: contest.measurements };
  });
}

export const imageBenches: readonly Bench[] = types.map((type) => ({
  // i32 has no bar but into fresh memory.
  rows: [
    ...(type === "i32" ? [] : [type, `${type}-kept`]),
    `${type}-fresh`,
    ...(fusedTypes.includes(type) ? [`${type}-float`, `${type}-float-kept`] : []),
  ],
  run: (context) => benchImage(context, type),
}));
