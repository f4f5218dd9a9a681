/** `goldens.json`: what a correct reader returns for each file of a folder. */
export type Goldens = Readonly<Record<string, GoldenFile>>;

export interface GoldenFile {
  /** Of the file. */
  readonly sha256: string;
  /** Outer compression. */
  readonly outer?: string;
  /** What is wrong with the file itself. */
  readonly problems?: readonly string[];
  readonly hdus?: readonly GoldenHdu[];
}

export type GoldenValue =
  | string
  | number
  | boolean
  | null
  | { readonly int: string }
  | { readonly complex: readonly [number, number] };

export interface GoldenHdu {
  readonly index: number;
  readonly kind: string;
  readonly cards: number;
  readonly header_sha256: string;
  readonly header_offset: number;
  readonly data_offset: number;
  readonly data_size: number;
  readonly extname?: string;
  readonly extver?: number;
  readonly header?: Readonly<Record<string, GoldenValue>>;
  readonly truncated?: boolean;
  /** Why the golden reader itself failed. */
  readonly error?: string;
  readonly shape?: readonly number[];
  readonly value?: "int" | "float";
  readonly sha256?: string;
  readonly sha256_f32?: string;
  readonly nulls?: number;
  readonly groups?: number;
  readonly parameters?: number;
  readonly rows?: number;
  readonly columns?: readonly GoldenColumn[];
}

export interface GoldenColumn {
  readonly name: string | null;
  readonly tform: string;
  readonly unit?: string;
  readonly shape?: readonly number[];
  readonly value?: string;
  readonly element?: string;
  readonly sha256?: string;
  readonly nulls?: number;
  readonly error?: string;
}
