import { execFile } from "node:child_process";
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { writeFits } from "@fitstream/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageHdu, serve, temporaryFolder } from "./helpers/survey.js";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder();
const path = join(folder.path, "m31.fits");

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function fitstream(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

beforeAll(async () => {
  await writeFits(path, [
    { ...imageHdu(1), header: [{ keyword: "OBJECT", value: "M 31" }] },
    { ...imageHdu(2), name: "SCI", compression: { codec: "RICE_1" } },
    {
      kind: "bintable",
      name: "CAT",
      columns: [{ name: "X", values: Float64Array.of(1), unit: "pix" }],
    },
  ]);
});
afterAll(() => folder[Symbol.dispose]());

describe("fitstream", () => {
  it("info lists the HDUs", async () => {
    const { code, stdout } = await fitstream("info", path);
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(1, 4)).toEqual([
      "   0  image             -                 float32 [24, 20]",
      "   1  compressed-image  SCI,1             float32 [24, 20] RICE_1",
      "   2  bintable          CAT,1             1 rows, 1 columns",
    ]);
  });

  it("info --json prints a value a file, from servers too", async () => {
    await using server = await serve(folder.path);
    const { stdout } = await fitstream("info", "--json", path, `${server.url}/m31.fits`);
    const [local, remote] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(local.hdus[1]).toMatchObject({ kind: "compressed-image", name: "SCI", shape: [24, 20] });
    expect(local.hdus[2].columns).toEqual([{ name: "X", form: "1D", unit: "pix" }]);
    expect(remote.hdus).toEqual(local.hdus);
  });

  it("header prints cards, or keywords as JSON", async () => {
    const text = await fitstream("header", "--hdu", "0", path);
    expect(text.stdout).toContain("OBJECT  = 'M 31");
    const json = await fitstream("header", "--hdu", "sci", "--json", path);
    expect(JSON.parse(json.stdout).hdus[0]).toMatchObject({ index: 1, header: { EXTNAME: "SCI" } });
  });

  it("header --keys prints a line a file: local, packed, remote", async () => {
    await using server = await serve(folder.path);
    const packed = join(folder.path, "m31.fits.gz");
    writeFileSync(packed, gzipSync(readFileSync(path)));
    const files = [path, packed, `${server.url}/m31.fits`];
    const text = await fitstream("header", "--keys", "OBJECT,BITPIX,NOKEY", ...files);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout.split("\n").slice(0, -1)).toEqual([
      "FILE\tOBJECT\tBITPIX\tNOKEY",
      ...files.map((file) => `${file}\tM 31\t-32\t`),
    ]);
    const args = ["--keys", "EXTNAME", "--hdu", "cat", "--json", path, "nowhere.fits", packed];
    const json = await fitstream("header", ...args);
    expect(json.code).toBe(1);
    expect(json.stderr).toMatch(/^fitstream: nowhere\.fits: cannot open the file/);
    const lines = json.stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [path, packed].map((file) => ({ file, values: { EXTNAME: "CAT" } })),
    );
  });

  it("goes on after a file that fails, and says so in its exit status", async () => {
    const { code, stdout, stderr } = await fitstream("info", "nowhere.fits", path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^fitstream: nowhere\.fits: cannot open the file/);
    expect(stdout).toContain("CAT,1");
  });

  it("shows what can be read of a damaged file, and the damage", async () => {
    const damaged = join(folder.path, "damaged.fits");
    copyFileSync(path, damaged);
    appendFileSync(damaged, "this is no extension".padEnd(2880));
    const { code, stdout, stderr } = await fitstream("info", damaged);
    expect(code).toBe(1);
    expect(stdout).toContain("CAT,1");
    expect(stderr).toContain("HDU 3");
  });

  it("verify compares the checksums, and says so in its exit status", async () => {
    await using server = await serve(folder.path);
    const absent = await fitstream("verify", path, `${server.url}/m31.fits`);
    expect(absent.code).toBe(0);
    expect(absent.stdout).toContain("   1  DATASUM absent  CHECKSUM absent");
    const wrong = join(folder.path, "wrong.fits");
    await writeFits(wrong, [imageHdu(1)], { checksum: true });
    const bytes = readFileSync(wrong);
    bytes.writeUInt8(bytes.readUInt8(2880) ^ 1, 2880); // the first byte of the data
    writeFileSync(wrong, bytes);
    const bad = await fitstream("verify", "--json", wrong, path, "nowhere.fits");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain("nowhere.fits");
    const [first, second] = bad.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ file: wrong, hdus: [{ datasum: "bad", checksum: "bad" }] });
    expect(second.hdus).toHaveLength(3);
    expect((await fitstream("verify", wrong)).code).toBe(1);
  });

  it("explains itself", async () => {
    const help = await fitstream("--help");
    expect(help).toMatchObject({ code: 0 });
    expect(help.stdout).toContain("fitstream info");
    expect(await fitstream("--version")).toMatchObject({ stdout: "0.1.0\n" });
    expect((await fitstream()).code).toBe(2);
    expect((await fitstream("frobnicate", path)).code).toBe(2);
    expect((await fitstream("info", "--frobnicate", path)).code).toBe(2);
  });
});
