import type { WcsKeys } from "./keys.js";
import { type Header, numberOf, present, textOf } from "./values.js";
import type { WcsSpectral } from "./wcs.js";

/** Frame and observer of a spectral axis (Paper III). */
export function spectralOf(header: Header, keys: WcsKeys): WcsSpectral {
  const text = (name: string): string | undefined => textOf(header, keys.scalar(name));
  const number = (name: string): number | undefined => numberOf(header, keys.scalar(name));
  return present<WcsSpectral>({
    specsys: text("SPECSYS"),
    ssysobs: text("SSYSOBS") ?? "TOPOCENT",
    ssyssrc: text("SSYSSRC"),
    velosys: number("VELOSYS"),
    zsource: number("ZSOURCE"),
    velangl: number("VELANGL"),
    restfrq: number("RESTFRQ"),
    restwav: number("RESTWAV"),
  });
}
