import { zscaleLimits } from "@fitstream/dataset";
import { Jimp, loadFont } from "jimp";
import { SANS_10_BLACK } from "jimp/fonts";

/** A picture of a contact sheet. */
export interface Thumbnail {
  /** One plane of pixels, any units; drawn between its zscale limits, first row at the bottom. */
  readonly data: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  /** Lines below the picture. */
  readonly caption: readonly string[];
  /** Colour of the frame, 0xRRGGBBAA. */
  readonly frame: number;
}

/** Pixels of a cell on the sheet. */
const side = 96;
const frame = 3;
const lineHeight = 13;
const gap = 8;

/** Grey value of each pixel of a cell, by averaging what falls into it (or repeating it). */
function resample({ data, height, width }: Thumbnail): Uint8Array {
  const { low, high } = zscaleLimits(data);
  const range = high > low ? high - low : 1;
  const scale = side / Math.max(height, width);
  const grey = new Uint8Array(side * side);
  for (let row = 0; row < side; ++row) {
    // FITS counts rows from the bottom, pictures from the top.
    const [y0, y1] = span(side - 1 - row, scale, height);
    for (let column = 0; column < side; ++column) {
      const [x0, x1] = span(column, scale, width);
      let sum = 0;
      for (let y = y0; y < y1; ++y) for (let x = x0; x < x1; ++x) sum += data[y * width + x] ?? 0;
      const mean = sum / ((y1 - y0) * (x1 - x0));
      const value = (mean - low) / range;
      grey[row * side + column] = y1 > y0 && x1 > x0 ? 255 * Math.min(1, Math.max(0, value)) : 0;
    }
  }
  return grey;
}

/** Source pixels under one pixel of the cell; none beside a picture that is not square. */
function span(at: number, scale: number, length: number): readonly [number, number] {
  const first = Math.floor(at / scale);
  if (first >= length) return [0, 0];
  return [first, Math.min(length, Math.max(first + 1, Math.floor((at + 1) / scale)))];
}

/** Draws pictures in rows, each with a frame and a caption, and writes them as PNG. */
export async function writeContactSheet(
  path: `${string}.png`,
  title: string,
  thumbnails: readonly Thumbnail[],
  columns = 8,
): Promise<void> {
  const lines = Math.max(...thumbnails.map((t) => t.caption.length), 0);
  const cell = {
    width: side + 2 * frame + gap,
    height: side + 2 * frame + lines * lineHeight + gap,
  };
  const rows = Math.ceil(thumbnails.length / columns);
  const head = 24;
  const sheet = new Jimp({
    width: Math.min(columns, Math.max(1, thumbnails.length)) * cell.width + gap,
    height: head + rows * cell.height + gap,
    color: 0xffffffff,
  });
  const font = await loadFont(SANS_10_BLACK);
  sheet.print({ font, x: gap, y: gap, text: title });
  for (const [i, thumbnail] of thumbnails.entries()) {
    const x = gap + (i % columns) * cell.width;
    const y = head + gap + Math.floor(i / columns) * cell.height;
    const full = side + 2 * frame;
    const picture = new Jimp({ width: full, height: full, color: thumbnail.frame });
    const { data } = picture.bitmap;
    for (const [k, grey] of resample(thumbnail).entries()) {
      const at = 4 * ((frame + Math.floor(k / side)) * full + frame + (k % side));
      data.fill(grey, at, at + 3);
      data[at + 3] = 255;
    }
    sheet.composite(picture, x, y);
    for (const [line, text] of thumbnail.caption.entries()) {
      sheet.print({ font, x, y: y + full + 1 + line * lineHeight, text });
    }
  }
  await sheet.write(path);
}
