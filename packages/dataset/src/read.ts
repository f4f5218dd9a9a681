import {
  type AsciiTableHdu,
  type BinTableHdu,
  type CompressedImageHdu,
  type FitsFile,
  fitsError,
  type Hdu,
  type Header,
  type ImageArray,
  type ImageHdu,
  type ImageReadOptions,
  type TableReadOptions,
} from "@fitstream/native";
import { FitsTable } from "@fitstream/table";
import type { FitOptions, FrameEncoder, TensorFrame } from "@fitstream/table/frame";
import { type OpenUrlOptions, open } from "./open.js";

/** What `format` may be: by the kind of the HDU, or one kind only. */
export type ReadFormat = "auto" | "tensor" | "table" | "dataframe";

/** Options of {@link read}. */
export interface ReadOptions
  extends Omit<OpenUrlOptions, "priority">,
    Pick<ImageReadOptions, "origin" | "shape" | "stride" | "dtype" | "scale" | "out">,
    Pick<TableReadOptions, "columns" | "rows" | "where" | "limit" | "threads" | "maxBytes"> {
  /** Position or EXTNAME. Default: the first HDU with data of the wanted format. */
  readonly hdu?: number | string | undefined;
  /**
   * Default "auto": an image gives pixels, a table gives columns. "dataframe": a table gives tensors, by what
   * its columns mean.
   */
  readonly format?: ReadFormat | undefined;
  /**
   * With format "dataframe": how a frame is fitted to the table, or an encoder that was fitted to
   * another one.
   */
  readonly frame?: FitOptions | FrameEncoder | undefined;
}

/** What {@link read} found, with the header it came with. */
export type ReadResult =
  | ({
      readonly kind: "image";
      /** Of the image's HDU. */
      readonly header: Header;
    } & ImageArray)
  | {
      readonly kind: "table";
      /** Of the table's HDU. */
      readonly header: Header;
      /** The columns, in memory of their own. */
      readonly table: FitsTable;
    }
  | {
      readonly kind: "dataframe";
      /** Of the table's HDU. */
      readonly header: Header;
      /** The columns as tensors, in memory of their own. */
      readonly frame: TensorFrame;
      /** What made the tensors, for other tables. */
      readonly encoder: FrameEncoder;
    };

type ImageLike = ImageHdu | CompressedImageHdu;
type TableLike = BinTableHdu | AsciiTableHdu;

function isImage(hdu: Hdu): hdu is ImageLike {
  return hdu.kind === "image" || hdu.kind === "compressed-image";
}
function isTable(hdu: Hdu): hdu is TableLike {
  return hdu.kind === "bintable" || hdu.kind === "asciitable";
}

function fits(hdu: Hdu, format: ReadFormat): boolean {
  if (isImage(hdu)) return (format === "auto" || format === "tensor") && hdu.shape.length > 0;
  return isTable(hdu) && format !== "tensor";
}

const wanted: Readonly<Record<ReadFormat, string>> = {
  auto: "an image or a table",
  tensor: "a tensor",
  table: "a table",
  dataframe: "a table",
};

async function chooseHdu(
  file: FitsFile,
  { hdu: which, format = "auto" }: ReadOptions,
): Promise<ImageLike | TableLike> {
  const wrong = (hdu: Hdu | undefined): Error =>
    fitsError({
      code: "FITS_BAD_ARGUMENT",
      what: "there is nothing of this format to read",
      expected: wanted[format],
      found: hdu === undefined ? "no such HDU" : hdu.kind,
      path: file.name,
      ...(hdu === undefined ? {} : { hdu: hdu.index }),
    });
  if (which !== undefined) {
    const hdu = await file.hdu(which);
    if ((isImage(hdu) || isTable(hdu)) && fits(hdu, format)) return hdu;
    throw wrong(hdu);
  }
  for await (const hdu of file) {
    if ((isImage(hdu) || isTable(hdu)) && fits(hdu, format)) return hdu;
  }
  throw wrong(undefined);
}

/** The frame module is loaded with the first frame, not with the package. */
async function frameOf(
  table: FitsTable,
  given: ReadOptions["frame"],
): Promise<{ readonly frame: TensorFrame; readonly encoder: FrameEncoder }> {
  const { FrameEncoder, TensorFrame } = await import("@fitstream/table/frame");
  const encoder = given instanceof FrameEncoder ? given : await TensorFrame.fit(table, given);
  return { frame: encoder.encode(table), encoder };
}

/**
 * Reads one HDU of a file in one call: an image or a window of it, or columns of a table, local or
 * remote. For several reads of one file, {@link open} it.
 *
 * @example
 * ```ts
 * const cutout = await read("https://example.org/m31.fits", { origin: [100, 200], shape: [64, 64] });
 * if (cutout.kind === "image") console.log(cutout.shape, cutout.data);
 *
 * const train = await read("train.fits", { format: "dataframe", frame: { target: "z_spec" } });
 * if (train.kind === "dataframe") {
 *   const { encoder: frame } = train;
 *   const test = await read("test.fits", { format: "dataframe", frame });
 * }
 * ```
 * @returns Arrays in memory of their own (pixels in `out`, where given), shapes in C order.
 * @throws As {@link open}, `ImageHdu.read` and `TableHdu.read` do.
 */
export async function read(url: string, options: ReadOptions = {}): Promise<ReadResult> {
  await using file = await open(url, options);
  const hdu = await chooseHdu(file, options);
  const header = await hdu.header(options);
  if (isImage(hdu)) return { kind: "image", header, ...(await hdu.read(options)) };
  const table = FitsTable.from(await hdu.read(options));
  if (options.format !== "dataframe") return { kind: "table", header, table };
  return { kind: "dataframe", header, ...(await frameOf(table, options.frame)) };
}

/** Options of {@link readTable}. */
export type ReadTableOptions = Omit<
  ReadOptions,
  "format" | "origin" | "shape" | "stride" | "dtype" | "scale" | "out"
>;

/**
 * Reads a table, or some of its columns and rows, into memory.
 *
 * @example
 * ```ts
 * const bright = await readTable("catalogue.fits", { columns: ["ra", "dec"], where: "mag < 20" });
 * ```
 * @throws As {@link read}.
 */
export async function readTable(url: string, options: ReadTableOptions = {}): Promise<FitsTable> {
  const result = await read(url, { ...options, format: "table" });
  if (result.kind !== "table") throw new Error("a table was asked for, and something else came");
  return result.table;
}
