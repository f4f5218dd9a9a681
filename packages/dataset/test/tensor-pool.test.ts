import { isDatasetError, type Lease, TensorPool } from "@fitstream/dataset";
import { alignmentGap } from "@fitstream/native";
import { describe, expect, it } from "vitest";

const mib = 1024 * 1024;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isDatasetError(error)) return error.code;
    throw error;
  }
  return "no error";
}

describe("TensorPool", () => {
  it("leases 64-byte aligned shared memory of the size asked for", async () => {
    using pool = new TensorPool({ maxBytes: 8 * mib });
    for (const length of [1, 63, 64, 65, 4096, 100_001]) {
      using lease = await pool.lease(length);
      expect(lease.bytes.length).toBe(length);
      expect(lease.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(alignmentGap(lease.bytes, 64)).toBe(0);
    }
  });

  it("gives leases of one size memory of their own", async () => {
    using pool = new TensorPool({ maxBytes: 8 * mib });
    const leases = await Promise.all(Array.from({ length: 50 }, () => pool.lease(1000)));
    for (const [i, lease] of leases.entries()) lease.bytes.fill(i);
    for (const [i, lease] of leases.entries()) {
      expect(lease.bytes.every((byte) => byte === i)).toBe(true);
    }
    for (const lease of leases) lease.release();
  });

  it("reuses the slot that was released last", async () => {
    using pool = new TensorPool({ maxBytes: 8 * mib });
    const first = await pool.lease(mib);
    const { buffer, offset } = first.place;
    first.release();
    using second = await pool.lease(mib);
    expect(second.place).toEqual({ buffer, offset });
  });

  it("gives what is free without waiting, and nothing that others wait for", async () => {
    using pool = new TensorPool({ maxBytes: 4 * mib });
    const leases: Lease[] = [];
    for (let lease = pool.tryLease(mib); lease !== undefined; lease = pool.tryLease(mib)) {
      leases.push(lease);
    }
    expect(leases.length).toBe(3);
    const waiting = pool.lease(2 * mib);
    leases.pop()?.release();
    // There is memory for this one; the other has asked before.
    expect(pool.stats().waiting).toBe(1);
    expect(pool.tryLease(mib)).toBeUndefined();
    for (const lease of leases) lease.release();
    (await waiting).release();
    pool.tryLease(mib)?.release();
    expect(pool.stats().leases).toBe(0);
    expect(() => pool.tryLease(5 * mib)).not.toThrow();
  });

  it("never holds more than its budget, and waits instead", async () => {
    using pool = new TensorPool({ maxBytes: 4 * mib });
    const held: Lease[] = [];
    let waiting = 0;
    for (let i = 0; i < 20; ++i) {
      const lease = pool.lease(mib).then((granted) => {
        expect(pool.stats().heldBytes).toBeLessThanOrEqual(4 * mib);
        held.push(granted);
      });
      waiting = pool.stats().waiting;
      void lease;
    }
    expect(waiting).toBe(17);
    while (held.length > 0 || pool.stats().waiting > 0) {
      await Promise.resolve();
      held.shift()?.release();
    }
    expect(pool.stats()).toMatchObject({ leases: 0, leasedBytes: 0, waiting: 0 });
  });

  it("serves those who wait in the order of asking", async () => {
    using pool = new TensorPool({ maxBytes: mib + 8192 });
    const first = await pool.lease(mib);
    const order: number[] = [];
    const rest = [1, 2, 3].map(async (n) => {
      using _lease = await pool.lease(mib - n);
      order.push(n);
    });
    first.release();
    await Promise.all(rest);
    expect(order).toEqual([1, 2, 3]);
  });

  it("makes room for another size by giving up idle slabs", async () => {
    using pool = new TensorPool({ maxBytes: 3 * mib });
    for (const length of [2 * mib, mib, 2.5 * mib, 100, 2 * mib]) {
      using _lease = await pool.lease(length);
      expect(pool.stats().heldBytes).toBeLessThanOrEqual(3 * mib);
    }
  });

  it("refuses at once what the whole budget would not hold", async () => {
    using pool = new TensorPool({ maxBytes: mib });
    await expect(pool.lease(mib + 1)).rejects.toMatchObject({ code: "POOL_TOO_SMALL" });
  });

  it("throws when a lease is used or released after its release", async () => {
    using pool = new TensorPool({ maxBytes: mib });
    const lease = await pool.lease(100);
    lease.release();
    expect(lease.isReleased).toBe(true);
    expect(codeOf(() => lease.bytes)).toBe("POOL_RELEASED");
    expect(codeOf(() => lease.view("float32", 1))).toBe("POOL_RELEASED");
    expect(codeOf(() => lease.place)).toBe("POOL_RELEASED");
    expect(codeOf(() => lease.release())).toBe("POOL_RELEASED");
    expect(() => lease[Symbol.dispose]()).not.toThrow();
  });

  it("does not let an old lease reach the slot's new owner", async () => {
    using pool = new TensorPool({ maxBytes: mib });
    const old = await pool.lease(512);
    old.release();
    using _current = await pool.lease(512);
    expect(codeOf(() => old.release())).toBe("POOL_RELEASED");
    expect(pool.stats().leases).toBe(1);
  });

  it("stops waiting when the signal aborts, and nobody else is hurt", async () => {
    using pool = new TensorPool({ maxBytes: mib });
    const first = await pool.lease(900_000);
    const controller = new AbortController();
    const aborted = pool.lease(900_000, { signal: controller.signal });
    const patient = pool.lease(900_000);
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    first.release();
    (await patient).release();
    expect(pool.stats()).toMatchObject({ leases: 0, waiting: 0 });
  });

  it("names leaks with the stack that leased them, in debug mode", async () => {
    const pool = new TensorPool({ maxBytes: mib, debug: true });
    async function forgetful(): Promise<Lease> {
      return pool.lease(300);
    }
    await forgetful();
    expect(pool.openLeases()[0]?.stack).toContain("forgetful");
    try {
      pool.close();
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "POOL_LEAK" });
      expect(String(error)).toContain("forgetful");
    }
  });

  it("overwrites released memory in debug mode, so that stale views show NaN", async () => {
    using pool = new TensorPool({ maxBytes: mib, debug: true });
    const lease = await pool.lease(16);
    const view = lease.view("float32", 4);
    view.fill(1);
    lease.release();
    expect([...view].every(Number.isNaN)).toBe(true);
  });

  it("rejects those who wait when it is closed", async () => {
    const pool = new TensorPool({ maxBytes: mib });
    await pool.lease(900_000);
    const waiting = pool.lease(900_000);
    pool.close();
    await expect(waiting).rejects.toMatchObject({ code: "DATASET_CLOSED" });
    expect(codeOf(() => pool.lease(1))).toBe("DATASET_CLOSED");
  });
});
