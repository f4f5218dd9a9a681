import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts", "test/**/*.test.ts"],
    // A process per file: tests of native code, handles and memory must not see each other's.
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
