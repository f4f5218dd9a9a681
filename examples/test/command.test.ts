import { afterEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../shared/command.js";
import { parseSkyOptions, skyUsage } from "../shared/sky-options.js";

describe("runCommand", () => {
  const run = vi.fn(async () => {});
  const command = { usage: skyUsage, parse: parseSkyOptions, run };

  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const error = vi.spyOn(console, "error").mockImplementation(() => {});

  afterEach(() => {
    vi.clearAllMocks();
  });

  it("prints the usage when asked, and with what is wrong", async () => {
    expect(await runCommand(command, ["--help"])).toBe(0);
    expect(log).toHaveBeenCalledWith(skyUsage);
    expect(await runCommand(command, ["--objects", "many"])).toBe(2);
    expect(error.mock.calls[0]?.[0]).toMatch(/^--objects takes a whole number >= 2000, not "many"/);
    expect(await runCommand(command, ["--colour"])).toBe(2);
    expect(run).not.toHaveBeenCalled();
  });

  it("says what failed, in one line", async () => {
    run.mockRejectedValueOnce(new Error("the disk is full"));
    expect(await runCommand(command, [])).toBe(1);
    expect(error).toHaveBeenCalledWith("the disk is full");
    expect(await runCommand(command, [])).toBe(0);
  });
});
