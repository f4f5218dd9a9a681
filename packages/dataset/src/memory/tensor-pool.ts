import { adviseHugePages, alignmentGap } from "@fitstream/native";
import { badArgument, DatasetError } from "../errors.js";
import { Lease, type Slot } from "./lease.js";

/** Options of {@link TensorPool}. */
export interface TensorPoolOptions {
  /** Hard limit of all memory the pool holds, leased or idle, in bytes. */
  readonly maxBytes: number;
  /**
   * Remember where each lease was taken, overwrite memory at release so that a view kept too long
   * shows NaNs instead of the next batch, and throw on close when leases are left. Default false.
   */
  readonly debug?: boolean;
}

/** What a pool holds at the moment. */
export interface TensorPoolStats {
  /** The budget. */
  readonly maxBytes: number;
  /** Memory of all slots, leased or idle. Never above `maxBytes`. */
  readonly heldBytes: number;
  /** Memory of the slots that are leased. */
  readonly leasedBytes: number;
  /** Leases that have not been released. */
  readonly leases: number;
  /** Calls of `lease` that wait for memory. */
  readonly waiting: number;
}

/** A lease that has not been released, and where it was taken. */
export interface OpenLease {
  /** Bytes that were asked for. */
  readonly byteLength: number;
  /** Stack of the call that took it, in debug mode. */
  readonly stack: string | undefined;
}

/** Slots start at multiples of this: a cache line, and what tfjs-node needs to avoid a copy. */
const slotAlignment = 64;
/** Slabs are page-aligned, so that huge pages can lie under them. */
const slabAlignment = 4096;
/** Small slots share a slab of about this size. */
const slabTarget = 16 * 1024 * 1024;

interface Slab {
  readonly byteLength: number;
  readonly slots: readonly Slot[];
  leased: number;
}

interface Request {
  readonly size: number;
  readonly byteLength: number;
  readonly stack: string | undefined;
}

interface Waiter extends Request {
  readonly grant: (lease: Lease) => void;
  readonly fail: (error: unknown) => void;
}

function slotSize(byteLength: number): number {
  return roundedUp(Math.max(byteLength, 1), slotAlignment);
}

function roundedUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}

/**
 * Memory for batches: slots on large SharedArrayBuffers, so that worker threads decode straight into
 * them; huge pages are asked for, and slots reused, by exact size, the last released first, because
 * fresh pages cost a reader more than reading does; under one hard byte budget. Whoever wants more waits until a lease is
 * released, in the order of asking.
 */
export class TensorPool implements Disposable {
  /** The budget: hard limit of all memory the pool holds. */
  readonly maxBytes: number;
  readonly #debug: boolean;
  readonly #slabs = new Map<number, Slab[]>();
  readonly #idle = new Map<number, Slot[]>();
  readonly #slabOf = new Map<Slot, Slab>();
  readonly #open = new Map<Lease, OpenLease>();
  readonly #waiters: Waiter[] = [];
  #heldBytes = 0;
  #leasedBytes = 0;
  #isClosed = false;

  constructor(options: TensorPoolOptions) {
    if (!(options.maxBytes > 0)) {
      throw badArgument("a pool needs memory", "maxBytes > 0", String(options.maxBytes));
    }
    this.maxBytes = options.maxBytes;
    this.#debug = options.debug ?? false;
  }

  /**
   * Leases a slot of `byteLength` bytes, 64-byte aligned, contents undefined. Waits while the budget
   * is used up.
   *
   * @throws {DatasetError} POOL_TOO_SMALL when the whole budget would not hold it.
   */
  lease(byteLength: number, options: { readonly signal?: AbortSignal } = {}): Promise<Lease> {
    this.#checkOpen();
    const { signal } = options;
    const size = slotSize(byteLength);
    if (size + slabAlignment > this.maxBytes) {
      const error = new DatasetError({
        code: "POOL_TOO_SMALL",
        what: "the memory budget does not hold a single slot of this size",
        expected: `at most ${this.maxBytes} bytes`,
        found: `${byteLength} bytes`,
      });
      return Promise.reject(error);
    }
    if (signal?.aborted) return Promise.reject(signal.reason);
    const free = this.tryLease(byteLength);
    if (free !== undefined) return Promise.resolve(free);
    const stack = this.#stack();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        size,
        byteLength,
        stack,
        grant: (lease) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(lease);
        },
        fail: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  /**
   * A slot as {@link lease} gives it, if there is memory for it now and nobody waits for some.
   *
   * @returns Undefined where it would have to wait.
   */
  tryLease(byteLength: number): Lease | undefined {
    this.#checkOpen();
    if (this.#waiters.length > 0) return undefined;
    const size = slotSize(byteLength);
    const slot = this.#takeSlot(size);
    return slot && this.#leaseOf(slot, { size, byteLength, stack: this.#stack() });
  }

  /** What it holds at the moment. */
  stats(): TensorPoolStats {
    return {
      maxBytes: this.maxBytes,
      heldBytes: this.#heldBytes,
      leasedBytes: this.#leasedBytes,
      leases: this.#open.size,
      waiting: this.#waiters.length,
    };
  }

  /** Leases that have not been released. */
  openLeases(): readonly OpenLease[] {
    return [...this.#open.values()];
  }

  /**
   * Gives all memory back. Waiting calls reject; leases that are still out keep their memory alive
   * until they are dropped.
   *
   * @throws {DatasetError} POOL_LEAK in debug mode, naming where each open lease was taken.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const closed = new DatasetError({ code: "DATASET_CLOSED", what: "the pool was closed" });
    for (const waiter of this.#waiters.splice(0)) waiter.fail(closed);
    const open = this.openLeases();
    this.#slabs.clear();
    this.#idle.clear();
    this.#heldBytes = 0;
    if (!this.#debug || open.length === 0) return;
    const stacks = open.map(({ byteLength, stack }) => `${byteLength} bytes, ${stack ?? ""}`);
    throw new DatasetError({
      code: "POOL_LEAK",
      what: `${open.length} leases were not released:\n${stacks.join("\n")}`,
    });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #stack(): string | undefined {
    return this.#debug ? new Error("leased here").stack : undefined;
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new DatasetError({ code: "DATASET_CLOSED", what: "the pool is closed" });
    }
  }

  /** Grants waiting calls in order, as far as the memory goes. */
  #serve(): void {
    for (;;) {
      const waiter = this.#waiters[0];
      const slot = waiter === undefined ? undefined : this.#takeSlot(waiter.size);
      if (waiter === undefined || slot === undefined) return;
      this.#waiters.shift();
      waiter.grant(this.#leaseOf(slot, waiter));
    }
  }

  #leaseOf(slot: Slot, { size, byteLength, stack }: Request): Lease {
    const slab = this.#slabOf.get(slot);
    if (slab !== undefined) ++slab.leased;
    this.#leasedBytes += size;
    const lease = new Lease(slot, byteLength, () => this.#takeBack(lease, slot, size));
    this.#open.set(lease, { byteLength, stack });
    return lease;
  }

  #takeBack(lease: Lease, slot: Slot, size: number): void {
    this.#open.delete(lease);
    this.#leasedBytes -= size;
    if (this.#isClosed) return;
    if (this.#debug) new Uint8Array(slot.buffer, slot.offset, size).fill(0xff);
    const slab = this.#slabOf.get(slot);
    if (slab !== undefined) --slab.leased;
    const idle = this.#idle.get(size);
    if (idle === undefined) this.#idle.set(size, [slot]);
    else idle.push(slot);
    this.#serve();
  }

  #takeSlot(size: number): Slot | undefined {
    const idle = this.#idle.get(size)?.pop();
    if (idle !== undefined) return idle;
    return this.#addSlab(size);
  }

  /** A new slab of slots of one size; idle slabs of other sizes make room for it. */
  #addSlab(size: number): Slot | undefined {
    const lengthFor = (slots: number): number => slots * size + slabAlignment;
    this.#freeIdleSlabs(size, lengthFor(1));
    const room = this.maxBytes - this.#heldBytes;
    const wanted = Math.max(1, Math.floor(slabTarget / size));
    const count = Math.min(wanted, Math.floor((room - slabAlignment) / size));
    if (count < 1) return undefined;
    const buffer = new SharedArrayBuffer(lengthFor(count));
    const start = alignmentGap(new Uint8Array(buffer), slabAlignment);
    adviseHugePages(new Uint8Array(buffer, start, count * size));
    const slots = Array.from({ length: count }, (_, i) => ({
      buffer,
      offset: start + i * size,
      generation: 0,
    }));
    const slab: Slab = { byteLength: lengthFor(count), slots, leased: 0 };
    for (const slot of slots) this.#slabOf.set(slot, slab);
    this.#slabs.set(size, [...(this.#slabs.get(size) ?? []), slab]);
    this.#heldBytes += slab.byteLength;
    const [first, ...rest] = slots;
    this.#idle.set(size, [...(this.#idle.get(size) ?? []), ...rest]);
    return first;
  }

  #freeIdleSlabs(exceptSize: number, wanted: number): void {
    for (const [size, slabs] of this.#slabs) {
      if (size === exceptSize) continue;
      const kept: Slab[] = [];
      for (const slab of slabs) {
        if (slab.leased > 0 || this.maxBytes - this.#heldBytes >= wanted) kept.push(slab);
        else this.#free(slab, size);
      }
      if (kept.length > 0) this.#slabs.set(size, kept);
      else this.#slabs.delete(size);
    }
  }

  #free(slab: Slab, size: number): void {
    const gone = new Set(slab.slots);
    for (const slot of gone) this.#slabOf.delete(slot);
    const idle = this.#idle.get(size)?.filter((slot) => !gone.has(slot)) ?? [];
    this.#idle.set(size, idle);
    this.#heldBytes -= slab.byteLength;
  }
}
