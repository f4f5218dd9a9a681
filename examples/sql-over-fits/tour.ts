/** Questions to FITS files, in SQL. */
import { join } from "node:path";
import { type FitsTable, writeTable } from "@fitstream/table";
import { sql } from "@fitstream/table/duckdb";
import { writeParquet } from "@fitstream/table/parquet";
import { progressOf } from "../shared/progress.js";
import { writeSky } from "../shared/sky-catalogue.js";

/** What to simulate, and where to. */
export interface TourOptions {
  readonly out: string;
  readonly objects: number;
  readonly seed: number;
}

/** What was found. */
export interface TourReport {
  readonly classes: FitsTable;
  readonly colours: FitsTable;
  readonly completeness: FitsTable;
  readonly quasars: FitsTable;
}

/** A file as SQL names it. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}

/** The queries. Of each file, only the columns that a query names are read. */
function queriesOf(folder: string): Readonly<Record<keyof TourReport, string>> {
  const spectroscopy = quoted(join(folder, "spectroscopy.fits"));
  // Many files are one table.
  const photometry = quoted(join(folder, "photometry-*.fits"));
  return {
    classes: `
      select class, count(*) as objects, avg(z_spec) as mean_z, max(z_spec) as max_z
      from ${spectroscopy} group by class order by objects desc`,
    // Where nothing was detected, the catalogue says -9999; where nothing was observed, NaN, which is NULL.
    colours: `
      select class, count(*) as objects,
        avg(nullif(mag_u, -9999) - mag_g) filter (mag_g > 0) as u_g,
        avg(mag_g - mag_r) filter (mag_g > 0 and mag_r > 0) as g_r
      from ${photometry} join ${spectroscopy} using (objid)
      group by class order by class`,
    completeness: `
      select floor(mag_r)::integer as mag_r, count(*) as objects, count(class) as spectra,
        count(class) / count(*) as completeness
      from ${photometry} left join ${spectroscopy} using (objid)
      where mag_r > 0 group by all order by all`,
    quasars: `
      select objid, ra, dec, mag_r, z_spec
      from ${photometry} join ${spectroscopy} using (objid)
      where class = 'QSO' and z_spec > 2.5 and mag_r > 0 order by mag_r limit 100`,
  };
}

/** Leaves the catalogues, `completeness.parquet` and `distant-quasars.fits` in the output folder. */
export async function tour(
  { out, objects, seed }: TourOptions,
  signal?: AbortSignal,
): Promise<TourReport> {
  const folder = join(out, "sky");
  await writeSky(folder, { objects, seed }, progressOf("simulating"), signal);
  const queries = queriesOf(folder);
  const ask = async (name: keyof TourReport): Promise<FitsTable> => {
    console.log(`\n${name}:${queries[name].replaceAll(join(folder, "/"), "")}\n`);
    const start = performance.now();
    const result = await sql({}, queries[name], { signal });
    console.log(`${result}\n${(performance.now() - start).toFixed(0)} ms`);
    return result;
  };
  const classes = await ask("classes");
  const colours = await ask("colours");

  const completeness = await ask("completeness");
  const parquet = join(out, "completeness.parquet");
  await writeParquet(parquet, completeness, { overwrite: true, signal });

  // SQL knows no units.
  const quasars = (await ask("quasars"))
    .withMetadata("ra", { unit: "deg", ucd: "pos.eq.ra;meta.main" })
    .withMetadata("dec", { unit: "deg", ucd: "pos.eq.dec;meta.main" })
    .withMetadata("mag_r", { unit: "mag" });
  const fits = join(out, "distant-quasars.fits");
  await writeTable(fits, quasars, { name: "QUASARS", overwrite: true, signal });
  console.log(`wrote ${parquet} and ${fits}`);
  return { classes, colours, completeness, quasars };
}
