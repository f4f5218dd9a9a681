/** FITS written by hand, byte for byte: the standard's text is the specification, no writer is. */

export const block = 2880;

/** `text` filled up to the 80 characters of a record. */
export function card(text: string): string {
  if (text.length > 80) throw new RangeError(`a card of ${text.length} characters: ${text}`);
  return text.padEnd(80);
}

/** A card in fixed format; `value` as it is to stand there: 8, "T", "'IMAGE   '". */
export function key(keyword: string, value: string | number | bigint): string {
  const text = String(value);
  const field = text.startsWith("'") ? text.padEnd(20) : text.padStart(20);
  return card(`${keyword.padEnd(8)}= ${field}`);
}

/** The card that names an HDU. */
export function extname(name: string): string {
  return card(`EXTNAME = '${name}'`);
}

/** Text as bytes, one a character. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `bytes` filled up to whole blocks. */
export function padded(bytes: Uint8Array, fill = 0): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil(bytes.length / block) * block).fill(fill);
  out.set(bytes);
  return out;
}

/** Cards, END and the padding of a header. */
export function headerOf(cards: readonly string[]): Uint8Array<ArrayBuffer> {
  return padded(latin1([...cards, card("END")].join("")), 0x20);
}

export interface ImageParts {
  readonly bitpix?: number;
  /** C order, as the library gives it: NAXIS1 comes last. */
  readonly shape?: readonly number[];
  /** Cards after the mandatory ones. */
  readonly cards?: readonly string[];
  /** Default: zeros. */
  readonly data?: Uint8Array;
}

function axesOf(shape: readonly number[]): string[] {
  const axes = shape.toReversed().map((n, i) => key(`NAXIS${i + 1}`, n));
  return [key("NAXIS", shape.length), ...axes];
}

function withData(cards: readonly string[], parts: ImageParts): Uint8Array<ArrayBuffer> {
  const { bitpix = 8, shape = [] } = parts;
  const pixels = shape.length === 0 ? 0 : shape.reduce((n, m) => n * m, 1);
  const data = parts.data ?? new Uint8Array((pixels * Math.abs(bitpix)) / 8);
  return join(headerOf([...cards, ...(parts.cards ?? [])]), padded(data));
}

/** A primary HDU. */
export function primary(parts: ImageParts = {}): Uint8Array<ArrayBuffer> {
  const { bitpix = 8, shape = [] } = parts;
  return withData([key("SIMPLE", "T"), key("BITPIX", bitpix), ...axesOf(shape)], parts);
}

/** An IMAGE extension, or one of another type that is laid out like it. */
export function extension(parts: ImageParts = {}, xtension = "IMAGE"): Uint8Array<ArrayBuffer> {
  const { bitpix = 8, shape = [] } = parts;
  const type = key("XTENSION", `'${xtension.padEnd(8)}'`);
  const counts = [key("PCOUNT", 0), key("GCOUNT", 1)];
  return withData([type, key("BITPIX", bitpix), ...axesOf(shape), ...counts], parts);
}

export interface TableParts {
  /** TFORMn, in order. */
  readonly forms: readonly string[];
  /** TTYPEn and the like. */
  readonly cards?: readonly string[];
  /** Rows, each as long as the first. */
  readonly rows: readonly Uint8Array[];
  /** NAXIS1 of a table without rows. */
  readonly rowLength?: number;
  readonly heap?: Uint8Array;
}

function table(xtension: string, parts: TableParts): Uint8Array<ArrayBuffer> {
  const { rows, forms, heap = new Uint8Array(0) } = parts;
  const cards = [
    key("XTENSION", `'${xtension}'`),
    key("BITPIX", 8),
    ...axesOf([rows.length, parts.rowLength ?? rows[0]?.length ?? 0]),
    key("PCOUNT", heap.length),
    key("GCOUNT", 1),
    key("TFIELDS", forms.length),
    ...forms.map((form, i) => key(`TFORM${i + 1}`, `'${form}'`)),
    ...(parts.cards ?? []),
  ];
  return join(headerOf(cards), padded(join(...rows, heap)));
}

export function binTable(parts: TableParts): Uint8Array<ArrayBuffer> {
  return table("BINTABLE", parts);
}

export function asciiTable(parts: TableParts): Uint8Array<ArrayBuffer> {
  return table("TABLE   ", parts);
}

/** Numbers in the file's byte order; `bitpix` as in FITS. */
export function bigEndian(
  bitpix: number,
  values: readonly (number | bigint)[],
): Uint8Array<ArrayBuffer> {
  const width = Math.abs(bitpix) / 8;
  const view = new DataView(new ArrayBuffer(values.length * width));
  for (const [i, value] of values.entries()) {
    const at = i * width;
    if (bitpix === 8) view.setUint8(at, Number(value));
    else if (bitpix === 16) view.setInt16(at, Number(value));
    else if (bitpix === 32) view.setInt32(at, Number(value));
    else if (bitpix === 64) view.setBigInt64(at, BigInt(value));
    else if (bitpix === -32) view.setFloat32(at, Number(value));
    else view.setFloat64(at, Number(value));
  }
  return new Uint8Array(view.buffer);
}
