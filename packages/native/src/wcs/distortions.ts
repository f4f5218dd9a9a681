import { type Header, isNumber, matching, numberOf, present } from "./values.js";
import type { SipPolynomial, Wcs, WcsDistortion } from "./wcs.js";

/** A_p_q and the like (Shupe et al. 2005). */
export function sipOf(header: Header): Wcs["sip"] {
  const polynomial = (name: string): SipPolynomial | undefined => {
    const order = numberOf(header, [`${name}_ORDER`]);
    if (order === undefined) return undefined;
    const coefficients = matching(header, new RegExp(`^${name}_(\\d+)_(\\d+)$`)).flatMap(
      ({ indices: [p, q], value }) =>
        isNumber(value) && p + q <= order ? [{ p, q, value: Number(value) }] : [],
    );
    return { order, coefficients };
  };
  const sip = present<NonNullable<Wcs["sip"]>>({
    a: polynomial("A"),
    b: polynomial("B"),
    ap: polynomial("AP"),
    bp: polynomial("BP"),
  });
  return Object.keys(sip).length === 0 ? undefined : sip;
}

/** CPDISj, CQDISi and D2IMDISj, each with its records (Paper IV). */
export function distortionsOf(header: Header, a: string): readonly WcsDistortion[] {
  const families = [
    { stem: "CPDIS", records: "DP", stage: "pixel" },
    { stem: "CQDIS", records: "DQ", stage: "intermediate" },
    { stem: "D2IMDIS", records: "D2IM", stage: "pixel" },
  ] as const;
  return families.flatMap(({ stem, records, stage }) =>
    matching(header, new RegExp(`^${stem}(\\d{1,2})${a}$`)).flatMap(
      ({ indices: [axis], value }) => {
        if (typeof value !== "string") return [];
        const pairs = header.all(`${records}${axis}${a}`).flatMap((card) => {
          const [, field = "", text = ""] = /^(.+?): +(\S+)$/.exec(String(card.value)) ?? [];
          return field === "" || Number.isNaN(Number(text)) ? [] : [[field, Number(text)] as const];
        });
        const keyword = `${stem}${axis}${a}`;
        return [
          { stage, keyword, axis, kind: value.trim(), parameters: Object.fromEntries(pairs) },
        ];
      },
    ),
  );
}
