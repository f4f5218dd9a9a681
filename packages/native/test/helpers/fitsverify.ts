/** HEASARC's fitsverify: whether a file obeys the standard. */
import { spawnSync } from "node:child_process";

/** Whether this machine has it; `npm run setup -- --tests` installs it. */
export const hasFitsverify: boolean =
  spawnSync("fitsverify", { stdio: "ignore" }).error === undefined;

/** The errors that fitsverify finds, also wrong checksums. Warnings are left out. */
export function complaintsOf(path: string): readonly string[] {
  const { stdout } = spawnSync("fitsverify", ["-l", "-e", path], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const found = /^\*{4} Verification found (\d+) warning\(s\) and (\d+) error\(s\)\. \*{4}$/m.exec(
    stdout,
  );
  if (found === null) return [`fitsverify said: ${stdout}`];
  return found[2] === "0" ? [] : stdout.split("\n").filter((line) => line.startsWith("*** Error"));
}
