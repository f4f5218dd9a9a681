import type * as Polars from "nodejs-polars";
import { importPeer, type Peer } from "./peer.js";

/** The polars library. */
export type PolarsLibrary = typeof Polars;

/** The last version whose binaries npm installs on Node 20: those of later ones ask for 22. */
const versionForNode20 = "0.24.1";

const isOld = Number.parseInt(process.versions.node, 10) < 22;
const install = `npm install nodejs-polars${isOld ? `@${versionForNode20}` : ""}`;
const peer: Peer = {
  name: "nodejs-polars",
  install,
  needs: ["default", "FixedSizeList"],
  binary: isOld
    ? `${install}, as npm leaves out the binaries of later versions before Node 22`
    : `npm install --include=optional nodejs-polars, which brings its binary`,
};

/** The polars library, loaded when it is first needed. */
export async function importPolars(): Promise<PolarsLibrary> {
  const module = await importPeer(peer, () => import("nodejs-polars"));
  return (module as unknown as { readonly default: PolarsLibrary }).default;
}
