// @ts-check
// A hash of everything in some files. Run as a worker thread, it posts one after each round of
// reading. Plain JavaScript on the built package: Node loads it in a thread without vitest.
import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { bytesOf, openFits, readImageIntoSync } from "@fitstream/native";

/** @param {import("@fitstream/native").Hdu} hdu @param {string} path @param {import("node:crypto").Hash} hash */
async function addHdu(hdu, path, hash) {
  hash.update((await hdu.header()).toString());
  if (hdu.kind === "image" || hdu.kind === "compressed-image") {
    const { data } = await hdu.read();
    const again = data.slice();
    if (data.length > 0) readImageIntoSync(path, again, { hdu: hdu.index });
    hash.update(bytesOf(data)).update(bytesOf(again));
  } else if (hdu.kind === "bintable") {
    for (const column of await hdu.read()) {
      hash.update(column.layout === "string" ? column.bytes : bytesOf(column.data));
    }
  }
}

/** @param {readonly string[]} paths @returns {Promise<string>} */
export async function digestOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const file = await openFits(path);
    try {
      for (const hdu of await file.hdus()) await addHdu(hdu, path, hash);
    } finally {
      await file.close();
    }
  }
  return hash.digest("hex");
}

if (parentPort !== null && workerData?.paths !== undefined) {
  parentPort.postMessage("started");
  for (let round = 0; round < workerData.rounds; ++round) {
    parentPort.postMessage(await digestOf(workerData.paths));
  }
}
