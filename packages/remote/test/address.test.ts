import { expect, it } from "vitest";
import { isInnerAddress, isInnerHost } from "../src/address.js";

it.each([
  "127.0.0.1",
  "10.1.2.3",
  "172.31.255.255",
  "192.168.0.1",
  "169.254.169.254",
  "100.64.0.1",
  "0.0.0.0",
  "::1",
  "::",
  "fd00::1",
  "fe80::1",
  "::ffff:10.0.0.1",
])("case 75: %s is inside the network", (address) => {
  expect(isInnerAddress(address)).toBe(true);
});

it.each(["8.8.8.8", "172.32.0.1", "192.169.0.1", "2606:2800:220:1::", "::ffff:8.8.8.8"])(
  "case 75: %s is outside",
  (address) => {
    expect(isInnerAddress(address)).toBe(false);
  },
);

it.each([
  ["http://[::1]:8080/", true],
  ["http://2130706433/", true], // 127.0.0.1, as URLs may write it
  ["http://localhost/", true],
  ["http://no-such-host.invalid/", false],
])("case 75: the host of %s is inside: %s", async (url, isInside) => {
  expect(await isInnerHost(new URL(url))).toBe(isInside);
});
