import * as remote from "@fitstream/remote";
import { expect, it } from "vitest";

it("exports these names", () => {
  expect(Object.keys(remote).sort()).toMatchInlineSnapshot(`
    [
      "RemoteClient",
      "RemoteError",
      "isRemoteError",
      "remoteError",
      "resolve",
    ]
  `);
});
