/** Large images, plain and in tiles. Names are those of the peers' data. */
import {
  type ImageToWrite,
  type TileCompression,
  type TypedArray,
  writeFits,
} from "@fitstream/native";
import type { Data } from "./data.js";
import { sky } from "./sky.js";

/** A stored type of pixels. */
export type PixelType = "f32" | "i16" | "u16" | "i32" | "f64" | "u8";

interface Maker {
  from(values: Float32Array): TypedArray;
}
const constructors: Readonly<Record<PixelType, Maker>> = {
  f32: Float32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  f64: Float64Array,
  u8: Uint8Array,
};

/** Pixels of a type, of a square of sky. */
export function imageOf(type: PixelType, pixels: Float32Array): ImageToWrite {
  const side = Math.sqrt(pixels.length);
  const values = type === "u8" ? pixels.map((v) => v / 8) : pixels;
  return { kind: "image", data: constructors[type].from(values), shape: [side, side] };
}

/** A mask, for PLIO: bright pixels and a bad column. */
function maskOf(pixels: Float32Array): ImageToWrite {
  const side = Math.sqrt(pixels.length);
  const column = Math.floor(side / 3);
  const data = Int16Array.from(pixels, (v, i) => (i % side === column ? 16 : v > 1030 ? 3 : 0));
  return { kind: "image", data, shape: [side, side] };
}

/** What is packed, and how. */
const tiled: Readonly<
  Record<
    string,
    {
      readonly of: PixelType | "mask";
    } & TileCompression
  >
> = {
  rice_i16_row: { of: "i16", codec: "RICE_1" },
  rice_i16_t256: { of: "i16", codec: "RICE_1", tile: [256, 256] },
  rice_f32q_row: { of: "f32", codec: "RICE_1", quantize: 4 },
  rice_f32q_t256: { of: "f32", codec: "RICE_1", tile: [256, 256], quantize: 4 },
  gzip1_i16_row: { of: "i16", codec: "GZIP_1" },
  gzip2_i16_row: { of: "i16", codec: "GZIP_2" },
  gzip2_f32q_row: { of: "f32", codec: "GZIP_2", quantize: 4 },
  gzip2_f32ll_row: { of: "f32", codec: "GZIP_2", quantize: 0 },
  hcomp_i16_t256: { of: "i16", codec: "HCOMPRESS_1", tile: [256, 256] },
  hcomp_f32q_t256: { of: "f32", codec: "HCOMPRESS_1", tile: [256, 256], quantize: 4 },
  plio_i16_row: { of: "mask", codec: "PLIO_1" },
};

/** Path of a large plain image, in HDU 0. */
export function plainImage(data: Data, type: PixelType): Promise<string> {
  const name = `img_${type}`;
  return data.ensure(name, `${name}.fits`, () =>
    writeFits(data.path(`${name}.fits`), [imageOf(type, sky(data.side, 1))]),
  );
}

/** Path of a large image in tiles, in HDU 1. Rejects where its codec cannot be written. */
export function tiledImage(data: Data, name: string): Promise<string> {
  return data.ensure(name, `${name}.fits`, async () => {
    const made = tiled[name];
    if (made === undefined) throw new Error(`no recipe for ${name}`);
    const { of, ...compression } = made;
    const pixels = sky(data.side, 1);
    const image = of === "mask" ? maskOf(pixels) : imageOf(of, pixels);
    await writeFits(data.path(`${name}.fits`), [{ kind: "image" }, { ...image, compression }]);
  });
}
