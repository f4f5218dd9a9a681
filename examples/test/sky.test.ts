import { mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Hdu, openFits } from "@fitstream/native";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Field,
  type SurveyOptions,
  simulateSurvey,
  skyNoise,
  stampSize,
} from "../classify-survey/sky.js";
import { writeSurvey } from "../classify-survey/write-survey.js";

const small: SurveyOptions = {
  seed: 7,
  objects: 40,
  files: 4,
  detectors: 2,
  fieldShape: [180, 220],
};

/** Sum and number of the pixels whose distance from a place is between two radii. */
function ring(field: Field, x: number, y: number, inner: number, outer: number) {
  const [, width] = field.shape;
  let sum = 0;
  let count = 0;
  for (let row = Math.ceil(y - outer); row <= y + outer; ++row) {
    for (let column = Math.ceil(x - outer); column <= x + outer; ++column) {
      const r = Math.hypot(column - x, row - y);
      if (r < inner || r > outer) continue;
      sum += field.pixels[row * width + column] ?? Number.NaN;
      ++count;
    }
  }
  return { sum, count };
}

/** Light within a radius, the sky around it taken off. */
function photometry(field: Field, x: number, y: number, radius: number): number {
  const sky = ring(field, x, y, 22, 28);
  const light = ring(field, x, y, 0, radius);
  return light.sum - (light.count * sky.sum) / sky.count;
}

/** Objects of a large field with nothing near them, not even the edge. */
function lonelyObjects() {
  const side = 1400;
  const survey = simulateSurvey({
    seed: 3,
    objects: 80,
    files: 1,
    detectors: 1,
    fieldShape: [side, side],
  });
  const { id, x, y, class: kind, flux } = survey.catalogue;
  const [field] = survey.fields();
  if (field === undefined) throw new Error("no field");
  const objects = Array.from(id, (i) => ({
    x: x[i] ?? 0,
    y: y[i] ?? 0,
    kind: kind[i],
    flux: flux[i] ?? 0,
  }));
  const isLonely = (a: (typeof objects)[number]) =>
    Math.min(a.x, a.y, side - 1 - a.x, side - 1 - a.y) > 30 &&
    objects.every((b) => a === b || Math.hypot(a.x - b.x, a.y - b.y) > 55);
  return { field, objects: objects.filter(isLonely) };
}

describe("simulateSurvey", () => {
  it("gives the same bits for the same seed, and others for another", () => {
    const [first, again, other] = [7, 7, 8].map((seed) => simulateSurvey({ ...small, seed }));
    expect(again?.catalogue).toEqual(first?.catalogue);
    expect([...(again?.fields() ?? [])]).toEqual([...(first?.fields() ?? [])]);
    expect(other?.catalogue.x).not.toEqual(first?.catalogue.x);
  });

  it("deals objects out evenly, inside the fields and apart from each other", () => {
    const { catalogue, options } = simulateSurvey({ seed: 1 });
    const [height, width] = options.fieldShape;
    const perField = new Map<string, number[]>();
    for (const i of catalogue.id) {
      const key = `${catalogue.file[i]}/${catalogue.hdu[i]}`;
      perField.set(key, [...(perField.get(key) ?? []), i]);
    }
    expect(perField.size).toBe(24);
    for (const objects of perField.values()) {
      expect(objects).toHaveLength(125);
      for (const i of objects) {
        const [x = 0, y = 0] = [catalogue.x[i], catalogue.y[i]];
        expect(Math.min(Math.round(x), Math.round(y))).toBeGreaterThanOrEqual(stampSize / 2);
        expect(Math.round(x) + stampSize / 2).toBeLessThanOrEqual(width);
        expect(Math.round(y) + stampSize / 2).toBeLessThanOrEqual(height);
        for (const j of objects) {
          if (j >= i) continue;
          const distance = Math.hypot(x - (catalogue.x[j] ?? 0), y - (catalogue.y[j] ?? 0));
          expect(distance).toBeGreaterThanOrEqual(11.99);
        }
      }
    }
  });

  it("balances the classes and holds a fifth back, whatever the seed", () => {
    const catalogues = [1, 2].map((seed) => simulateSurvey({ seed }).catalogue);
    for (const { class: kind } of catalogues) {
      for (const c of [0, 1, 2]) {
        expect(kind.filter((k) => k === c).length / kind.length).toBeCloseTo(1 / 3, 1);
      }
    }
    const [{ isTest }, other] = catalogues as [(typeof catalogues)[0], (typeof catalogues)[0]];
    expect(isTest.reduce((n, t) => n + t, 0) / isTest.length).toBeCloseTo(0.2, 1);
    expect(other.isTest).toEqual(isTest);
  });

  it("puts the catalogue's flux where the catalogue says", () => {
    const { field, objects } = lonelyObjects();
    expect(objects.length).toBeGreaterThan(20);
    let measured = 0;
    let expected = 0;
    for (const { x, y, flux } of objects) {
      const light = photometry(field, x, y, 20);
      // Noise of the sky inside and of its level around, in counts: about 700.
      expect(Math.abs(light - flux)).toBeLessThan(0.02 * flux + 4 * 700);
      measured += light;
      expected += flux;
    }
    expect(Math.abs(measured / expected - 1)).toBeLessThan(0.015);
  });

  it("concentrates points more than galaxies, and ellipticals more than spirals", () => {
    const { field, objects } = lonelyObjects();
    const concentration = [0, 1, 2].map((kind) => {
      const ofKind = objects.filter((o) => o.kind === kind && o.flux > 12_000);
      expect(ofKind.length).toBeGreaterThan(3);
      const inner = ofKind.map(({ x, y, flux }) => photometry(field, x, y, 3) / flux);
      return inner.reduce((a, b) => a + b, 0) / inner.length;
    });
    const [elliptical = 0, spiral = 0, point = 0] = concentration;
    expect(point).toBeGreaterThan(elliptical + 0.2);
    expect(elliptical).toBeGreaterThan(spiral + 0.1);
  });

  it("centres points on the pixel grid that the catalogue counts in", () => {
    const { field, objects } = lonelyObjects();
    for (const { x, y } of objects.filter((o) => o.kind === 2)) {
      const [cx, cy] = [Math.round(x), Math.round(y)];
      let [sum, mx, my] = [0, 0, 0];
      for (let dy = -4; dy <= 4; ++dy) {
        for (let dx = -4; dx <= 4; ++dx) {
          const light = (field.pixels[(cy + dy) * field.shape[1] + cx + dx] ?? 0) - 200;
          sum += light;
          mx += light * dx;
          my += light * dy;
        }
      }
      expect(Math.abs(cx + mx / sum - x)).toBeLessThan(0.2);
      expect(Math.abs(cy + my / sum - y)).toBeLessThan(0.2);
    }
  });

  it("makes an empty sky as noisy as it says", () => {
    const [field] = simulateSurvey({ ...small, objects: 0 }).fields();
    const { pixels = new Float32Array(0) } = field ?? {};
    let squares = 0;
    // Neighbours share the background, so that its gradient cancels.
    for (let i = 0; i < pixels.length; i += 2) {
      squares += ((pixels[i] ?? 0) - (pixels[i + 1] ?? 0)) ** 2 / 2;
    }
    const noise = Math.sqrt(squares / (pixels.length / 2));
    expect(Math.abs(noise / skyNoise - 1)).toBeLessThan(0.03);
  });

  it("says when the fields have no room for the objects", () => {
    const crowded: SurveyOptions = { ...small, objects: 4000 };
    expect(() => simulateSurvey(crowded)).toThrow(RangeError);
  });
});

describe("writeSurvey", () => {
  const directories: string[] = [];

  async function newDirectory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "sky-"));
    directories.push(directory);
    return directory;
  }

  afterEach(async () => {
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });

  /** Pixels that were written, and those that are read back. */
  async function readBack(images: readonly string[], field: Field) {
    await using file = await openFits(images[field.file] ?? "");
    const hdu: Hdu = await file.hdu(field.hdu);
    if (hdu.kind !== "image" && hdu.kind !== "compressed-image") throw new Error(hdu.kind);
    expect(hdu.shape).toEqual(field.shape);
    const { data } = await hdu.read({ dtype: "float32" });
    return { hdu, data, header: await hdu.header() };
  }

  it("writes mosaics that read back as they were simulated", async () => {
    const { images } = await writeSurvey(await newDirectory(), small);
    expect(images).toHaveLength(4);
    for (const field of simulateSurvey(small).fields()) {
      const { hdu, data, header } = await readBack(images, field);
      expect(hdu.kind).toBe(field.file % 2 === 0 ? "image" : "compressed-image");
      expect(hdu.dtype).toBe(field.file < 2 ? "float32" : "int16");
      if (field.file === 0) expect(data).toEqual(field.pixels);
      if (field.file >= 2) expect(data).toEqual(field.pixels.map(Math.round));
      const worst = data.reduce((m, v, i) => Math.max(m, Math.abs(v - (field.pixels[i] ?? 0))), 0);
      // Half a step of a sixteenth of the noise, which next to bright objects is more.
      if (field.file === 1) expect(worst).toBeLessThan((1.5 * skyNoise) / 16 / 2);
      expect(header.get("SEED")).toBe(7);
      expect(header.get("PSF_FWHM")).toBeCloseTo(field.psfFwhm, 9);
    }
  });

  it("writes the catalogue as a table", async () => {
    const { catalogue, cataloguePath } = await writeSurvey(await newDirectory(), small);
    await using file = await openFits(cataloguePath);
    const hdu = await file.hdu("CATALOGUE");
    if (hdu.kind !== "bintable") throw new Error(hdu.kind);
    const table = await hdu.read();
    const { id, file: number, hdu: index, x, y, class: kind, flux, isTest } = catalogue;
    const names = ["ID", "FILE", "HDU", "X", "Y", "CLASS", "FLUX", "TEST"];
    expect(table.names).toEqual(names);
    expect(names.map((name) => table.numbers(name))).toEqual([
      id,
      number,
      index,
      x,
      y,
      kind,
      flux,
      isTest,
    ]);
  });

  it("reuses a complete survey of the same options, and only such a one", async () => {
    const directory = await newDirectory();
    const steps: number[] = [];
    const write = (options: SurveyOptions) =>
      writeSurvey(directory, options, ({ done, total }) => steps.push(done / total));
    const first = await write(small);
    expect(first.isReused).toBe(false);
    expect(steps.splice(0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => n / 8));

    const again = await write(small);
    expect(again).toEqual({ ...first, isReused: true });
    expect(steps).toEqual([]);

    const [path = ""] = first.images;
    const { size } = await stat(path);
    await truncate(path, size - 2880);
    expect((await write(small)).isReused).toBe(false);
    expect((await stat(path)).size).toBe(size);
    expect((await write({ ...small, seed: 8 })).isReused).toBe(false);
    expect((await write({ ...small, seed: 8 })).isReused).toBe(true);
  });
});
