/** Which features a frame has: what the user says of a table, and what is inferred of the rest. */

import type { ColumnMetadata } from "@fitstream/native";
import { FlatLambdaCDM, Planck15, Planck18, WMAP9 } from "../astronomy/cosmology.js";
import type { CosmologyParameters } from "../astronomy/density.js";
import { tableError } from "../errors.js";
import type { FitsTable } from "../fits-table.js";
import { inferTypes } from "./infer.js";
import type { InferredType } from "./infer-values.js";
import { oddOption } from "./option-kinds.js";
import { type OutputOptions, outputDefaults } from "./outputs.js";
import { IGNORE, semanticType } from "./registry.js";
import type { Feature, FeatureDraft, FeatureOptions } from "./semantic-type.js";
import { type TargetChoice, targetOptions } from "./target.js";

/** A semantic type by name, or with options, and with several columns. */
export type TypeChoice =
  | string
  | ({
      /** The name of the type. */
      readonly type: string;
      /** Columns that it takes together. Default: the one that the choice is for. */
      readonly columns?: readonly string[];
    } & FeatureOptions);

/** How a frame is fitted. */
export interface FitOptions {
  /**
   * Types of columns, by their names: what is not named is inferred, "ignore" leaves a column out.
   * Where a choice has `columns`, its key is a name of your own.
   */
  readonly types?: Readonly<Record<string, TypeChoice>> | undefined;
  /**
   * Options of all floats, whatever their type; not of the target. What networks take:
   * `{ scale: "standard", missing: "mean", indicator: true }`.
   */
  readonly floats?: Partial<OutputOptions> | undefined;
  /** Options of all features of a type, by the type's name; they overrule `floats`. */
  readonly defaults?: Readonly<Record<string, FeatureOptions>> | undefined;
  /** Only these columns, and those that `types` and `target` name. */
  readonly columns?: readonly string[] | undefined;
  /** The column to predict, kept beside the features: a number, or a category. */
  readonly target?: string | TargetChoice | undefined;
  /** Of redshifts: a preset's name, a {@link FlatLambdaCDM} or its parameters. Default Planck18. */
  readonly cosmology?: "Planck18" | "Planck15" | "WMAP9" | CosmologyParameters | undefined;
  /** Of blocks of floats. Default "float32". */
  readonly dtype?: "float32" | "float64" | undefined;
}

/** A feature, why it is one, and the units its columns had. */
export interface PlannedFeature extends Feature {
  /** What told its type. */
  readonly reason: string;
  /** TUNIT of its columns at the fit. */
  readonly units: readonly string[];
}

/** What is made of a table: plain data, the same in every worker. */
export interface FramePlan {
  /** In the order of their columns. */
  readonly features: readonly PlannedFeature[];
  /** The feature that is predicted. */
  readonly target?: PlannedFeature;
  /** Of redshifts. */
  readonly cosmology: Required<CosmologyParameters>;
  /** Of blocks of floats. */
  readonly dtype: "float32" | "float64";
}

const presets = { Planck18, Planck15, WMAP9 };

function badArgument(what: string, expected: string, found: string, column?: string): Error {
  return tableError({ code: "TABLE_BAD_ARGUMENT", what, expected, found, column });
}

function cosmologyOf(chosen: FitOptions["cosmology"] = "Planck18"): Required<CosmologyParameters> {
  if (typeof chosen !== "string") return new FlatLambdaCDM(chosen).toJSON();
  const preset = presets[chosen];
  if (preset !== undefined) return preset.toJSON();
  throw badArgument(
    "no such cosmology",
    `${Object.keys(presets).join(", ")}, or parameters`,
    chosen,
  );
}

/** Columns that are planned, each for one feature. */
class Planner {
  readonly #table: FitsTable;
  readonly #options: FitOptions;
  readonly #inferred: Map<string, InferredType>;
  readonly #names = new Set<string>();

  constructor(table: FitsTable, options: FitOptions) {
    const doubled = table.names.find((name, i) => table.names.indexOf(name) !== i);
    if (doubled !== undefined) {
      throw tableError({
        code: "TABLE_DUPLICATE_COLUMN",
        what: "features are told apart by the names of their columns",
        column: doubled,
      });
    }
    this.#table = table;
    this.#options = options;
    this.#inferred = inferTypes(table);
  }

  #info(name: string): ColumnMetadata {
    return this.#table.column(name).info;
  }

  plan(): FramePlan {
    const { types = {}, target: chosen, dtype = "float32", floats = {} } = this.#options;
    const target = typeof chosen === "string" ? { column: chosen } : chosen;
    const unknown = Object.keys(floats).find((option) => !(option in outputDefaults));
    if (unknown !== undefined) {
      throw badArgument("floats have no such option", Object.keys(outputDefaults).join(), unknown);
    }
    if (dtype !== "float32" && dtype !== "float64") {
      throw badArgument("frames have no such dtype", "float32 or float64", String(dtype));
    }
    const taken = new Set<string>(target === undefined ? [] : [this.#info(target.column).name]);
    const features: PlannedFeature[] = [];
    for (const [key, choice] of Object.entries(types)) {
      const columns = typeof choice === "object" ? (choice.columns ?? [key]) : [key];
      const names = columns.map((name) => this.#info(name).name);
      const isTarget = names.some((name) => taken.has(name));
      if (typeof choice === "string" || isTarget) continue;
      for (const name of names) taken.add(name);
      features.push(this.#chosen(key, choice, names));
    }
    features.push(...this.#rest(taken));
    const place = (feature: PlannedFeature): number =>
      Math.min(...feature.columns.map((name) => this.#table.names.indexOf(name)));
    features.sort((a, b) => place(a) - place(b));
    return {
      features,
      ...(target === undefined ? {} : { target: this.#target(target) }),
      cosmology: cosmologyOf(this.#options.cosmology),
      dtype,
    };
  }

  /** A feature that the user spelled out. */
  #chosen(key: string, choice: TypeChoice & object, names: readonly string[]): PlannedFeature {
    const { type, columns, ...options } = choice;
    const drafts = semanticType(type).group?.(names.map((name) => this.#info(name))) ?? [];
    const [draft] = drafts;
    // What the names say of a set of columns holds where they say that it is one.
    const said = drafts.length === 1 && draft?.columns.length === names.length ? draft.options : {};
    const name = columns === undefined ? (names[0] ?? key) : key;
    return this.#feature(
      type,
      { name, columns: names, options: said ?? {} },
      options,
      "your choice",
    );
  }

  /** What is named by its type alone, or not at all. */
  #rest(taken: ReadonlySet<string>): PlannedFeature[] {
    const { columns } = this.#options;
    const wanted = columns?.map((name) => this.#info(name).name);
    const byType = new Map<string, ColumnMetadata[]>();
    for (const info of this.#table.schema) {
      const chosen = this.#choice(info.name) !== undefined;
      const isWanted = chosen || wanted === undefined || wanted.includes(info.name);
      const { type } = this.#typeOf(info.name);
      if (taken.has(info.name) || !isWanted || type === IGNORE) continue;
      byType.set(type, [...(byType.get(type) ?? []), info]);
    }
    return [...byType].flatMap(([type, infos]) => this.#grouped(type, infos));
  }

  #choice(name: string): string | undefined {
    const { types = {} } = this.#options;
    const choice = types[name] ?? types[name.toLowerCase()];
    return typeof choice === "string" ? choice : undefined;
  }

  #typeOf(name: string): InferredType {
    const choice = this.#choice(name);
    if (choice !== undefined) return { type: choice, reason: "your choice" };
    return this.#inferred.get(name) ?? { type: IGNORE, reason: "" };
  }

  #grouped(type: string, infos: readonly ColumnMetadata[]): PlannedFeature[] {
    const { group } = semanticType(type);
    const drafts = group?.(infos) ?? infos.map(({ name }) => ({ columns: [name] }));
    const used = new Set(drafts.flatMap(({ columns }) => columns));
    const lonely = infos.find(({ name }) => !used.has(name) && this.#choice(name) !== undefined);
    if (lonely !== undefined) {
      throw badArgument(
        `the column alone is no ${type}`,
        `types: { name: { type: "${type}", columns: [...] } }`,
        "one column",
        lonely.name,
      );
    }
    const alone = infos.filter(({ name, kind }) => !used.has(name) && kind === "number");
    return [
      ...drafts.map((draft) => {
        const reasons = draft.columns.map((name) => this.#typeOf(name).reason);
        return this.#feature(type, draft, {}, [...new Set(reasons)].join("; "));
      }),
      // An inverse variance without its flux, say.
      ...alone.map(({ name }) => {
        return this.#feature(
          "numerical",
          { columns: [name] },
          {},
          `a ${type} with nothing beside it`,
        );
      }),
    ];
  }

  #feature(
    type: string,
    draft: FeatureDraft,
    given: FeatureOptions,
    reason: string,
  ): PlannedFeature {
    const { defaults } = semanticType(type);
    const { columns } = draft;
    const options = {
      ...defaults,
      ...draft.options,
      ...(hasFloats(type) ? this.#options.floats : {}),
      ...this.#options.defaults?.[type],
      ...given,
    };
    const unknown = Object.keys(options).find((option) => !(option in defaults));
    if (unknown !== undefined) {
      const expected = Object.keys(defaults).join(", ") || "none";
      throw badArgument(`${type} has no such option`, expected, unknown, columns[0]);
    }
    const odd = oddOption(options, defaults);
    if (odd !== undefined) {
      const what = `the option ${odd.option} of ${type} has another kind of value`;
      throw badArgument(what, odd.expected, JSON.stringify(odd.found) ?? "nothing", columns[0]);
    }
    let name = draft.name ?? columns.join("_");
    while (this.#names.has(name)) name = `${name}_${type}`;
    this.#names.add(name);
    const units = columns.map((column) => this.#info(column).unit.trim());
    return { name, type, columns, options, reason, units };
  }

  /** A quantity is predicted as a number, not as what else could be made of it. */
  #target(target: TargetChoice): PlannedFeature {
    const { name } = this.#info(target.column);
    const choice = this.#options.types?.[name];
    if (typeof choice === "object") {
      const plain = hasFloats(choice.type) ? outputDefaults : {};
      const options = { ...plain, ...choice, ...targetOptions(target, choice.type) };
      return this.#chosen(name, options, [name]);
    }
    const { type, reason } = this.#typeOf(name);
    const { defaults } = semanticType(type === IGNORE ? "numerical" : type);
    const isNumber = "sentinels" in defaults;
    const simple = isNumber ? "numerical" : type;
    const options = {
      ...(hasFloats(simple) ? outputDefaults : {}),
      ...(isNumber ? { sentinels: defaults["sentinels"] } : {}),
      ...targetOptions(target, simple),
    };
    return this.#feature(simple, { columns: [name] }, options, `the target: ${reason}`);
  }
}

/** Whether the options of {@link FitOptions.floats} are those of a type. */
function hasFloats(type: string): boolean {
  const { defaults } = semanticType(type);
  return Object.keys(outputDefaults).every((option) => option in defaults);
}

/** Plans a frame by one table: its columns, and its first rows where the columns say too little. */
export function planFrame(table: FitsTable, options: FitOptions): FramePlan {
  return new Planner(table, options).plan();
}
