/** Encodes a made-up catalogue by a saved frame: node encode.mjs < state.json > digest. */
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { FitsTable, makeColumn } from "@fitstream/table";
import { FrameEncoder } from "@fitstream/table/frame";

const { state, columns } = JSON.parse(await text(process.stdin));
const table = new FitsTable(
  columns.map(([name, values, unit]) => makeColumn(name, values, { unit })),
);
const frame = FrameEncoder.fromJSON(state).encode(table);
const hash = createHash("sha256");
for (const { data, shape } of Object.values(frame.toTensors())) {
  hash.update(JSON.stringify(shape)).update(data);
}
process.stdout.write(hash.digest("hex"));
