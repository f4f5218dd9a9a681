import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { writeFits } from "@fitstream/native";
import { beforeAll, describe, expect, it } from "vitest";
import { TemporaryFolder } from "./helpers/files.js";
import { Random } from "./helpers/random.js";

const script = new URL("./helpers/digest.mjs", import.meta.url);
const { digestOf } = (await import(script.href)) as {
  digestOf(paths: readonly string[]): Promise<string>;
};

const folder = new TemporaryFolder();
const paths = ["images.fits", "packed.fits", "table.fits"].map((name) => folder.file(name));
let expected = "";

beforeAll(async () => {
  const [images, packed, table] = paths as [string, string, string];
  const random = new Random(8);
  const side = 700;
  const sky = Float32Array.from({ length: side * side }, () => 100 + 5 * random.gauss());
  const counts = Int16Array.from(sky);
  const shape = [side, side];
  await writeFits(images, [
    { kind: "image", data: counts, shape },
    { kind: "image", data: sky, shape },
  ]);
  await writeFits(packed, [
    { kind: "image", data: counts, shape, compression: { codec: "RICE_1" } },
    { kind: "image", data: sky, shape, compression: { codec: "RICE_1", tile: [64, 64] } },
    { kind: "image", data: sky, shape, compression: { codec: "GZIP_2", quantize: 0 } },
  ]);
  const words = Array.from(counts.subarray(0, 5000), String);
  await writeFits(table, [
    {
      kind: "bintable",
      columns: [
        { name: "FLUX", values: sky.subarray(0, 5000) },
        { name: "STAMP", values: counts.subarray(0, 40_000), repeat: 8 },
        { name: "WORD", values: words },
        { name: "GOOD", values: words.map((word) => word.endsWith("1")) },
      ],
    },
  ]);
  expected = await digestOf(paths);
});

/** Threads that read all files, `rounds` times each. */
const start = (count: number, rounds: number): Worker[] =>
  Array.from({ length: count }, () => new Worker(script, { workerData: { paths, rounds } }));

/** What a thread posts until it ends; rejects with what it fails with. */
async function messagesOf(worker: Worker): Promise<string[]> {
  const messages: string[] = [];
  worker.on("message", (message: string) => messages.push(message));
  await once(worker, "exit");
  return messages;
}

async function startedOf(worker: Worker): Promise<Worker> {
  expect(await once(worker, "message")).toEqual(["started"]);
  return worker;
}

describe("the addon in worker threads", () => {
  it("gives 8 of them at once what it gives the main thread", async () => {
    const reading = Promise.all(start(8, 3).map(messagesOf));
    for (let i = 0; i < 3; ++i) expect(await digestOf(paths)).toBe(expected);
    const whole = ["started", expected, expected, expected];
    expect(await reading).toEqual(new Array(8).fill(whole));
  });

  it("survives threads that are terminated in the middle of a read", async () => {
    for (let round = 0; round < 5; ++round) {
      const workers = await Promise.all(start(8, 1000).map(startedOf));
      // After "started" each of them reads without end; some get further than others.
      const delays = workers.map((_, i) => new Promise((done) => setTimeout(done, 7 * i)));
      await Promise.all(workers.map((worker, i) => delays[i]?.then(() => worker.terminate())));
    }
    expect(await digestOf(paths)).toBe(expected);
  });

  it("can be loaded and dropped again and again, while others read", async () => {
    const steady = messagesOf(start(1, 10)[0] as Worker);
    for (let i = 0; i < 25; ++i) {
      const workers = start(2, i % 2);
      if (i % 3 === 0) await Promise.all(workers.map((worker) => worker.terminate()));
      else expect((await Promise.all(workers.map(messagesOf))).flat()).not.toContain("");
    }
    expect(await steady).toEqual(["started", ...new Array(10).fill(expected)]);
    expect(await digestOf(paths)).toBe(expected);
  });
});
