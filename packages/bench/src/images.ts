/**
 * How fast are whole images read, from path to native-endian pixels in memory that is ready? Every
 * reader makes one call a round, in random order.
 */
import { crc32 } from "node:zlib";
import { TensorPool } from "@fitstream/dataset";
import {
  allocate,
  byteSizeOf,
  bytesOf,
  type Dtype,
  readImageIntoSync,
  type TypedArray,
} from "@fitstream/native";
import {
  type ImageName,
  imageNames,
  largeImage,
  largeSide,
  tiledImage,
  tiledImageNames,
  tiledImages,
} from "./data.js";
import { cfitsioPeer, type Peer, pythonPeers } from "./peer.js";
import { type Measurement, machine, type Ratio, type Report, ratioOf } from "./report.js";
import { shuffled } from "./statistics.js";

/** Options of the benches. */
export interface BenchOptions {
  readonly folder: string;
  readonly rounds: number;
}

const dtypes: Readonly<Record<ImageName, Dtype>> = {
  f32: "float32",
  i16: "int16",
  u16: "uint16",
  i32: "int32",
  f64: "float64",
  u8: "uint8",
};

/** What is promised of the cases that a promise is made for: ours / CFITSIO's C API, pooled. */
const bars: Partial<Readonly<Record<string, number>>> = { f32: 1, i16: 1 };

/** An image to read. */
interface ImageCase {
  readonly name: string;
  readonly path: string;
  readonly hdu: number;
  readonly dtype: Dtype;
}

interface Variant {
  readonly reader: string;
  readonly variant: string;
  run(): Promise<{ readonly ms: number; readonly bytes: number }>;
  /** CRC-32 of the pixels; undefined where the variant reads none. */
  crc?(): Promise<number>;
}

function ourVariants({ path, hdu, dtype }: ImageCase, slot: TypedArray): readonly Variant[] {
  const read = (out: TypedArray): { ms: number; bytes: number } => {
    const start = performance.now();
    readImageIntoSync(path, out, { hdu, dtype });
    return { ms: performance.now() - start, bytes: out.byteLength };
  };
  const crc = async (): Promise<number> => {
    read(slot);
    return crc32(bytesOf(slot));
  };
  const fresh = async (): Promise<{ ms: number; bytes: number }> => {
    const start = performance.now();
    const out = allocate(dtype, slot.length);
    readImageIntoSync(path, out, { hdu, dtype });
    return { ms: performance.now() - start, bytes: out.byteLength };
  };
  return [
    { reader: "fitstream", variant: "pooled", run: async () => read(slot), crc },
    { reader: "fitstream", variant: "fresh", run: fresh },
  ];
}

function peerVariants(peer: Peer, { path, hdu }: ImageCase): readonly Variant[] {
  const isC = peer.name.startsWith("cfitsio");
  const crc = async (): Promise<number> => (await peer.run(`image crc ${hdu} ${path}`)).crc;
  const run =
    (how: string): Variant["run"] =>
    () =>
      peer.run(`image ${how} ${hdu} ${path}`);
  const fresh: Variant = { reader: peer.name, variant: "fresh", run: run("fresh"), crc };
  if (!isC) return [fresh];
  return [
    { reader: peer.name, variant: "pooled", run: run("pooled"), crc },
    fresh,
    { reader: "limit", variant: "memcpy", run: () => peer.run(`memcpy ${path}`) },
  ];
}

/** All readers must return the same pixels before any of them is timed. */
async function checkEqual(name: string, variants: readonly Variant[]): Promise<readonly Variant[]> {
  const [ours] = variants;
  const expected = await ours?.crc?.();
  const checked: Variant[] = [];
  for (const variant of variants) {
    try {
      const crc = await variant.crc?.();
      if (crc === undefined || crc === expected) checked.push(variant);
      else console.error(`${name}: ${variant.reader} returns other pixels; left out`);
    } catch (error) {
      console.error(`${name}: ${variant.reader} left out: ${String(error)}`);
    }
  }
  return checked;
}

/** One call of every variant a round, in another random order each; the first round is not counted. */
export async function interleave(
  caseName: string,
  variants: readonly Omit<Variant, "crc">[],
  rounds: number,
): Promise<readonly Measurement[]> {
  const ms = new Map<Omit<Variant, "crc">, number[]>(variants.map((v) => [v, []]));
  const bytes = new Map<Omit<Variant, "crc">, number>();
  for (let round = -1; round < rounds; ++round) {
    for (const variant of shuffled(variants, round)) {
      const result = await variant.run();
      bytes.set(variant, result.bytes);
      if (round >= 0) ms.get(variant)?.push(result.ms);
    }
  }
  return variants.map((v) => ({
    case: caseName,
    reader: v.reader,
    variant: v.variant,
    ms: ms.get(v) ?? [],
    bytes: bytes.get(v) ?? 0,
  }));
}

async function benchCase(
  image: ImageCase,
  peers: readonly Peer[],
  pool: TensorPool,
  rounds: number,
): Promise<{ readonly measurements: readonly Measurement[]; readonly ratios: readonly Ratio[] }> {
  const { name, dtype } = image;
  const pixels = largeSide * largeSide;
  const lease = await pool.lease(pixels * byteSizeOf(dtype));
  try {
    const slot = lease.view(dtype, pixels);
    const caseName = `${name} ${largeSide}x${largeSide}`;
    const all = [...ourVariants(image, slot), ...peers.flatMap((p) => peerVariants(p, image))];
    const variants = await checkEqual(caseName, all);
    console.error(`${caseName}: ${rounds} rounds, ${variants.length} readers`);
    const measurements = await interleave(caseName, variants, rounds);
    const ours = (variant: string): Measurement | undefined =>
      measurements.find((m) => m.reader === "fitstream" && m.variant === variant);
    const ratios = measurements.flatMap((m) => {
      const mine = ours(m.reader === "limit" ? "pooled" : m.variant);
      if (mine === undefined || m.reader === "fitstream") return [];
      const isBar = m.variant === "pooled" && m.reader.startsWith("cfitsio");
      const versusPool = m.variant === "fresh" ? ours("pooled") : undefined;
      return [
        ratioOf(mine, m, isBar ? bars[name] : undefined),
        ...(versusPool === undefined ? [] : [ratioOf(versusPool, m)]),
      ];
    });
    return { measurements, ratios };
  } finally {
    lease.release();
  }
}

async function benchCases(
  { folder, rounds }: BenchOptions,
  cases: readonly (() => Promise<ImageCase>)[],
): Promise<Report> {
  const c = await cfitsioPeer(folder);
  if (c === undefined) console.error("CFITSIO's C API is not compared: no compiler or no CFITSIO");
  const peers = [...(c === undefined ? [] : [c]), ...(await pythonPeers())];
  const pool = new TensorPool({ maxBytes: 1024 ** 3 });
  try {
    const results = [];
    for (const make of cases) results.push(await benchCase(await make(), peers, pool, rounds));
    return {
      machine: machine(),
      versions: Object.fromEntries(peers.map((peer) => [peer.name, peer.versions])),
      measurements: results.flatMap((r) => r.measurements),
      ratios: results.flatMap((r) => r.ratios),
    };
  } finally {
    for (const peer of peers) peer.close();
    pool.close();
  }
}

/** `npm run bench -- images`. */
export function benchImages(options: BenchOptions): Promise<Report> {
  const cases = imageNames.map((name) => async () => {
    const path = await largeImage(options.folder, name);
    return { name, path, hdu: 0, dtype: dtypes[name] };
  });
  return benchCases(options, cases);
}

/** `npm run bench -- tiles`. */
export function benchTiles(options: BenchOptions): Promise<Report> {
  const cases = tiledImageNames.map((name) => async () => {
    const path = await tiledImage(options.folder, name);
    return { name, path, hdu: 1, dtype: dtypes[tiledImages[name].of] };
  });
  return benchCases(options, cases);
}
