/** Archives and whole-file compression that Node does not write. */
import { crc32 } from "node:zlib";
import { join, latin1 } from "./fits-bytes.js";

/** A zip archive of files as they are, without compression. */
export function zipOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries = Object.entries(files);
  const record = (isCentral: boolean, file: string, bytes: Uint8Array, at: number): Uint8Array => {
    const head = Buffer.alloc(isCentral ? 46 : 30);
    const common = isCentral ? 6 : 4;
    head.write(isCentral ? "PK\x01\x02" : "PK\x03\x04", "latin1");
    head.writeUInt16LE(20, common);
    head.writeUInt32LE(crc32(bytes), common + 10);
    head.writeUInt32LE(bytes.length, common + 14);
    head.writeUInt32LE(bytes.length, common + 18);
    head.writeUInt16LE(file.length, common + 22);
    if (isCentral) head.writeUInt32LE(at, 42);
    return join(head, latin1(file));
  };
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const [file, bytes] of entries) {
    central.push(record(true, file, bytes, at));
    parts.push(record(false, file, bytes, at), bytes);
    at += 30 + file.length + bytes.length;
  }
  const directory = join(...central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return join(...parts, directory, end);
}

/** Adjacent codes of compress(1), least significant bit first. */
class CodeWriter {
  readonly #bytes: number[] = [];
  #width = 9;
  #held = 0;
  #heldBits = 0;
  #codes = 0;

  get width(): number {
    return this.#width;
  }

  write(code: number): void {
    this.#held |= code << this.#heldBits;
    this.#heldBits += this.#width;
    this.#codes += 1;
    this.#drain(8);
  }

  /** Codes of one width come in groups of eight, the last of which is filled up. */
  setWidth(width: number): void {
    while (this.#codes % 8 !== 0) this.write(0);
    this.#width = width;
  }

  end(): Uint8Array {
    this.#drain(1);
    return Uint8Array.from(this.#bytes);
  }

  #drain(enough: number): void {
    while (this.#heldBits >= enough) {
      this.#bytes.push(this.#held & 0xff);
      this.#held >>>= 8;
      this.#heldBits -= 8;
    }
  }
}

/**
 * `bytes` as compress(1) packs them (LZW), with codes of up to `maxBits` bits (10 to 16). A table
 * that is full is kept, or cleared at once.
 */
export function compressed(
  bytes: Uint8Array,
  maxBits: number,
  full: "kept" | "cleared",
): Uint8Array<ArrayBuffer> {
  const clear = 256;
  const codes = new Map<number, number>();
  const writer = new CodeWriter();
  let free = clear + 1;
  let [prefix = 0] = bytes;
  const put = (code: number): void => {
    writer.write(code);
    // The decoder knows the entries but the last when it reads the next code.
    if (free > 2 ** writer.width - 1 && writer.width < maxBits) writer.setWidth(writer.width + 1);
  };
  for (const byte of bytes.subarray(1)) {
    const string = prefix * 256 + byte;
    const known = codes.get(string);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    put(prefix);
    prefix = byte;
    if (free < 2 ** maxBits) {
      codes.set(string, free++);
    } else if (full === "cleared") {
      writer.write(clear);
      writer.setWidth(9);
      codes.clear();
      free = clear + 1;
    }
  }
  put(prefix);
  return join(Uint8Array.of(0x1f, 0x9d, 0x80 | maxBits), writer.end());
}
