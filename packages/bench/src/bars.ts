/**
 * What `npm run bench -- all` has to show: the rows of the project's table of bars, and the rows that
 * are measured beside it without a bar. "C" is CFITSIO's C API into a warmed buffer; "peer" the best
 * of the Python libraries present; limits are this machine's.
 */

/** One figure of a row: what is measured against what, and what it has to be. */
export interface Figure {
  /** What it is called where it is measured: "over C", "of memcpy", "first batch". */
  readonly name: string;
  readonly unit: "x" | "%" | "s" | "us" | "MB" | "/px" | "";
  /** Absent where nothing was promised. */
  readonly bar?: number;
  /** Whether the bar is the least (default) or the most that it may be. */
  readonly isMost?: boolean;
}

/** A workload. */
export interface Row {
  /** What `--only` takes. */
  readonly id: string;
  /** Which sub-command measures it. */
  readonly family: string;
  /** In the words of the table. */
  readonly title: string;
  readonly figures: readonly Figure[];
}

type Bars = Partial<Record<"C" | "peer" | "memcpy" | "pread", number>>;

function speed({ C, peer, memcpy, pread }: Bars): readonly Figure[] {
  const figure = (name: string, unit: "x" | "%", bar: number | undefined): Figure[] =>
    bar === undefined ? [] : [{ name, unit, bar }];
  return [
    ...figure("over C", "x", C),
    ...figure("over peer", "x", peer),
    ...figure("of memcpy", "%", memcpy),
    ...figure("of open + pread", "%", pread),
  ];
}

/** The same figures, without bars. */
function shown(...names: readonly string[]): readonly Figure[] {
  return names.map((name) => ({ name, unit: name.startsWith("of ") ? "%" : "x" }));
}

function most(name: string, unit: Figure["unit"], bar: number): Figure {
  return { name, unit, bar, isMost: true };
}

const images: readonly (readonly [string, string, Bars])[] = [
  ["f32", "f32 4096^2, open to close", { C: 1.5, peer: 1.5, memcpy: 60 }],
  ["f32-kept", "f32, mapping kept (declared immutable)", { C: 3, peer: 3, memcpy: 110 }],
  ["i16", "i16, call", { C: 1.15, peer: 1.4 }],
  ["i16-kept", "i16, kept", { C: 2.6, peer: 3.5 }],
  ["u16", "u16 by BZERO, call", { C: 1.8, peer: 2 }],
  ["u16-kept", "u16 by BZERO, kept", { C: 4, peer: 4.5 }],
  ["f64", "f64, call", { C: 1.3, peer: 1.3 }],
  ["f64-kept", "f64, kept", { C: 2.4, peer: 2.4 }],
  ["u8", "u8, call", { C: 0.95, peer: 1 }],
  ["u8-kept", "u8, kept", { C: 1.2, peer: 1.2 }],
  ["i16-float", "int16 to float32 fused, call", { C: 2, peer: 2 }],
  ["i16-float-kept", "int16 to float32 fused, kept", { C: 5, peer: 5 }],
  ["u16-float", "uint16 to float32 fused, call", { C: 2, peer: 2 }],
  ["u16-float-kept", "uint16 to float32 fused, kept", { C: 5, peer: 5 }],
  ...(["f32", "i16", "u16", "i32", "f64", "u8"] as const).map(
    (type) => [`${type}-fresh`, `${type} into fresh memory`, { C: 1, peer: 1 }] as const,
  ),
];

const riceFiles = ["rice_i16_row", "rice_i16_t256", "rice_f32q_row", "rice_f32q_t256"] as const;

const tiles: readonly (readonly [string, string, Bars])[] = [
  ...riceFiles.map((file) => [file, `RICE ${file.slice(5)}, AVX2`, { C: 4, peer: 4 }] as const),
  ...riceFiles.map(
    (file) => [`${file}-avx512`, `RICE ${file.slice(5)}, AVX-512`, { C: 4.5 }] as const,
  ),
  ...riceFiles.map(
    (file) => [`${file}-scalar`, `RICE ${file.slice(5)}, scalar`, { C: 2 }] as const,
  ),
  ["gzip1_i16_row", "GZIP_1 i16", { C: 1.4, peer: 1.4 }],
  ["gzip2_i16_row", "GZIP_2 i16", { C: 1.6, peer: 1.6 }],
  ["gzip2_f32q_row", "GZIP_2 f32 dithered", { C: 1.6, peer: 1.6 }],
  ["gzip2_f32ll_row", "GZIP_2 f32 lossless", { C: 1.6, peer: 1.6 }],
  ["hcomp_i16_t256", "HCOMPRESS i16", { C: 1.8, peer: 1.8 }],
  ["hcomp_f32q_t256", "HCOMPRESS f32 dithered", { C: 1.8, peer: 1.8 }],
  ["plio_i16_row", "PLIO", { C: 2.5, peer: 2.5 }],
];

const tables: readonly (readonly [string, string, Bars])[] = [
  ["tab_mixed", "table mixed 1M x 20 to columns", { C: 4, peer: 4, memcpy: 30 }],
  ["tab_wide", "table wide 100k x 300", { C: 15, peer: 4, memcpy: 40 }],
  ["tab_narrow", "table narrow 10M x 3, call", { C: 4, peer: 1.6 }],
  ["tab_narrow-kept", "table narrow 10M x 3, kept", { C: 8, peer: 3 }],
  ["tab_catalogue", "table of 10M x 4 float64, call", { C: 4, peer: 1.6 }],
  ["tab_catalogue-kept", "table of 10M x 4 float64, kept", { C: 8, peer: 3 }],
  ["tab_vla", "VLA column", { C: 3, peer: 5 }],
];

/** Sorting and grouping may take twice as long as polars. */
const catalogue: readonly (readonly [string, string, Bars])[] = [
  ["cat_where", "1 % of 10M x 4 by a condition, file to columns", { peer: 1 }],
  ["cat_mask", "1 % of 10M x 4 in memory by a mask", { peer: 1 }],
  ["cat_sort", "catalogue of 10M x 4 by one column", { peer: 0.5 }],
  ["cat_group", "mean of 10M rows by 1,000 keys", { peer: 0.5 }],
];

const cutouts: readonly (readonly [string, string, Bars])[] = [
  ["cut_plain", "cutouts 100^2 plain, kept, batched", { C: 20, peer: 1.8 }],
  ["cut_rice_row", "cutouts RICE rows, batch of 64", { C: 7, peer: 7 }],
  ["cut_rice_t256", "cutouts RICE 256^2 tiles, batch of 64", { C: 5, peer: 5 }],
];

function rows(family: string, cases: readonly (readonly [string, string, Bars])[]): readonly Row[] {
  return cases.map(([id, title, bars]) => {
    // A peer reads from a path, as every call does; one that holds its file open is shown beside it.
    const beside = id.endsWith("-kept") ? shown("over kept peer") : [];
    return { id, family, title, figures: [...speed(bars), ...beside] };
  });
}

/** Loader rows have the best of the other loaders as their peer. */
const loaders: readonly (readonly [string, string, number, number?])[] = [
  ["load_f32", "loader, f32 512^2", 2, 0.1],
  ["load_i16", "loader, i16 512^2", 2, 0.1],
  ["load_rice_f32", "loader, the same RICE f32", 3.5],
  ["load_rice_i16", "loader, the same RICE i16", 3.5],
  ["load_cut_plain", "loader, 64^2 cutouts, plain", 2],
  ["load_cut_t256", "loader, 64^2 cutouts, RICE 256", 4],
  ["load_cut_row", "loader, 64^2 cutouts, RICE rows", 4],
];

function loaderRow([id, title, bar, firstBatch]: (typeof loaders)[number]): Row {
  const first = firstBatch === undefined ? [] : [most("first batch", "s", firstBatch)];
  return {
    id,
    family: "loader",
    title,
    figures: [{ name: "over peer", unit: "x", bar }, ...first],
  };
}

const cold = ["img_f32", "img_i16", "rice_f32q_row", "tab_mixed"] as const;
const kernels = [
  ["swap-i16", "swap of i16"],
  ["swap-f32", "swap of f32"],
  ["fuse-i16-f32", "i16 to f32, fused"],
  ...riceFiles.map((file) => [file, `tiles of ${file}`] as const),
  ["gzip2_i16_row", "tiles of gzip2_i16_row"],
  ["hcomp_i16_t256", "tiles of hcomp_i16_t256"],
  ["plio_i16_row", "tiles of plio_i16_row"],
] as const;

export const rowsOfBench: readonly Row[] = [
  ...rows("images", images),
  ...rows("tiles", tiles),
  ...rows("tables", tables),
  ...rows("catalogue", catalogue),
  {
    id: "cat_arrow",
    family: "catalogue",
    title: "catalogue of 10M x 4 to Arrow",
    figures: [most("took", "s", 0.02)],
  },
  {
    id: "cat_sql",
    family: "catalogue",
    title: "count and average of a FITS file by DuckDB",
    figures: [most("took", "s", 1)],
  },
  {
    id: "files_i16",
    family: "files",
    title: "2,000 files of 512^2, i16",
    figures: speed({ C: 1.25, peer: 1.7, pread: 65 }),
  },
  {
    id: "files_f32",
    family: "files",
    title: "2,000 files of 512^2, f32",
    figures: speed({ C: 1.8, peer: 1.25, pread: 70 }),
  },
  ...["i16", "f32"].map((type) => ({
    id: `files_${type}-indexed`,
    family: "files",
    title: `the same ${type}, headers known from an index`,
    figures: shown("over C", "over peer", "of open + pread"),
  })),
  {
    id: "headers",
    family: "files",
    title: "header only, 2,000 files",
    figures: [...speed({ C: 2, peer: 3 }), ...shown("of open + pread")],
  },
  ...rows("cutouts", cutouts),
  {
    id: "cut_call",
    family: "cutouts",
    title: "JS and N-API cost per cutout in a batch of 64",
    figures: [most("per cutout", "us", 2)],
  },
  ...loaders.map(loaderRow),
  {
    id: "load_memory",
    family: "loader",
    title: "loader memory: peak RSS over the bare process",
    figures: [
      { name: "peers' least over ours", unit: "x", bar: 1 },
      most("above the budget", "MB", 100),
    ],
  },
  {
    id: "load_many",
    family: "loader",
    title: "loader over 20,000 files with `ulimit -n 256`",
    figures: [{ name: "files read", unit: "%", bar: 100 }],
  },
  ...["rice_i16_row", "rice_f32q_t256", "gzip2_i16_row", "tab_mixed", "tab_wide"].map((file) => ({
    id: `threads-${file}`,
    family: "threads",
    title: `2 threads, ${file}`,
    figures: [
      { name: "over 1 thread", unit: "x", bar: 1.6 } as const,
      ...shown("of two processes"),
    ],
  })),
  ...cold.map((file) => ({
    id: `cold-${file}`,
    family: "cold",
    title: `cold page cache, ${file}`,
    figures: shown("over C", "over peer", "of open + pread"),
  })),
  {
    id: "memory-rice",
    family: "memory",
    title: "peak memory of a f32 RICE image into a slot, of its output",
    figures: [most("rows", "x", 1.3), most("256^2 tiles", "x", 1.3)],
  },
  ...kernels.map(([id, title]) => ({
    id: `kernel-${id}`,
    family: "kernels",
    title: `instructions: ${title}`,
    figures: [
      { name: "scalar", unit: "/px" } as const,
      { name: "avx2", unit: "/px" } as const,
      { name: "fewer at avx2", unit: "x" } as const,
    ],
  })),
];
