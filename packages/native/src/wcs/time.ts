import { type Header, numberOf, present, textOf } from "./values.js";
import type { WcsTime } from "./wcs.js";

/** The time frame, which all descriptions share (Standard, section 9). */
export function timeOf(header: Header): WcsTime {
  const whole = numberOf(header, ["MJDREFI"]);
  const fraction = numberOf(header, ["MJDREFF"]);
  // The pair is preferred where both forms are there (Standard, section 9.2.2).
  const isPair = whole !== undefined || fraction !== undefined;
  const mjdref = [
    isPair ? (whole ?? 0) : (numberOf(header, ["MJDREF"]) ?? 0),
    fraction ?? 0,
  ] as const;
  return present<WcsTime>({
    timesys: textOf(header, ["TIMESYS"]) ?? "UTC",
    timeunit: textOf(header, ["TIMEUNIT"]) ?? "s",
    trefpos: textOf(header, ["TREFPOS"]),
    mjdref,
    dateref: textOf(header, ["DATEREF"]),
  });
}
