import type * as Arrow from "apache-arrow";
import { importPeer, type Peer } from "./peer.js";

const peer: Peer = {
  name: "apache-arrow",
  install: "npm install apache-arrow@21",
  needs: ["LargeUtf8"],
};

/** The Arrow library, loaded when it is first needed. */
export function importArrow(): Promise<typeof Arrow> {
  return importPeer(peer, () => import("apache-arrow"));
}
