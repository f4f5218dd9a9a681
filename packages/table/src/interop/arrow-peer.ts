import type * as Arrow from "apache-arrow";
import { importPeer } from "./peer.js";

const peer = { name: "apache-arrow", install: "npm install apache-arrow@21" };

/** The Arrow library, loaded when it is first needed. */
export function importArrow(): Promise<typeof Arrow> {
  return importPeer(peer, () => import("apache-arrow"));
}
