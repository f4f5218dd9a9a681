/** The whole bench on next to no data: every row comes out, whatever is not there. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const { rowsOfBench } = (await import(new URL("../dist/bars.js", import.meta.url).href)) as {
  rowsOfBench: readonly {
    readonly id: string;
    readonly family: string;
    readonly figures: readonly { readonly name: string; readonly bar?: number }[];
  }[];
};
const folder = mkdtempSync(join(tmpdir(), "fitstream-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly id: string;
  readonly verdict: string;
  readonly figures: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly measured: { readonly value?: number; readonly missing?: string };
  }[];
}

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly rows: readonly Row[];
}

async function bench(name: string, ...args: readonly string[]): Promise<Run> {
  const json = join(folder, `${name}.json`);
  const options = ["--peers", "none", "--rounds", "1", "--scale", "0.005", "--json", json];
  const data = ["--data", join(folder, name)];
  const child = spawn(process.execPath, [main, ...args, ...options, ...data]);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const rows = status === 0 ? JSON.parse(readFileSync(json, "utf8")).rows : [];
  return { status, stdout, stderr, rows };
}

describe("npm run bench", () => {
  const loader = ["loader", "threads", "cold", "memory", "kernels"];
  const others = [...new Set(rowsOfBench.map(({ family }) => family))].filter(
    (family) => !loader.includes(family),
  );

  it("measures every row, or says what is missing", { timeout: 240_000 }, async () => {
    const runs = await Promise.all([
      bench("readers", "all", "--only", others.join(",")),
      bench("loader", "all", "--only", loader.join(",")),
    ]);
    for (const { status, stderr, stdout } of runs) {
      expect(status, stderr).toBe(0);
      expect(stderr).not.toContain("failed:");
      expect(stdout).toContain("rows: ");
    }
    const rows = runs.flatMap((run) => run.rows);
    expect(rows.map(({ id }) => id).sort()).toEqual(rowsOfBench.map(({ id }) => id).sort());
    for (const { id, figures } of rows) {
      for (const { name, measured, verdict } of figures) {
        const place = `${id}, ${name}`;
        if (measured.value === undefined) {
          expect(measured.missing, place).not.toBe("");
          expect(["limited", "not built yet"], place).toContain(verdict);
          expect(measured.missing, place).not.toBe("not measured");
        } else {
          expect(Number.isFinite(measured.value), place).toBe(true);
        }
      }
    }
    // Of what needs nothing but this repository and CFITSIO, figures must be there.
    const measured = new Set(
      rows.flatMap(({ id, figures }) =>
        figures.flatMap(({ name, measured }) =>
          measured.value === undefined ? [] : `${id} ${name}`,
        ),
      ),
    );
    for (const figure of [
      "f32 over C",
      "rice_f32q_t256 over C",
      "rice_i16_row-scalar over C",
      "tab_mixed of memcpy",
      "files_i16 of open + pread",
      "headers over C",
      "cut_rice_t256 over C",
      "cut_call per cutout",
      "load_f32 first batch",
      "load_many files read",
    ]) {
      expect(measured).toContain(figure);
    }
  });

  it("refuses rows that it does not know", async () => {
    const { status, stderr } = await bench("unknown", "all", "--only", "rice_i17");
    expect(status).not.toBe(0);
    expect(stderr).toContain("no such row: rice_i17");
  });
});
