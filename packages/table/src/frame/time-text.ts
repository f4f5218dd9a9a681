/** Dates as FITS writes them (Standard 4.0, section 9.1.1). */

const iso = /^([+-]?\d{4,5})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d(?:\.\d*)?))?Z?$/;

/** Seconds since 1970-01-01T00:00:00, every day of 86400 of them; NaN for what is no date. */
export function secondsOf(text: string): number {
  const [, year, month, day, hours = "0", minutes = "0", seconds = "0"] =
    iso.exec(text.trim()) ?? [];
  if (year === undefined) return Number.NaN;
  const [y, m, d] = [Number(year), Number(month) - 1, Number(day)];
  const date = new Date(0);
  date.setUTCFullYear(y, m, d);
  const isDate = date.getUTCMonth() === m && date.getUTCDate() === d;
  const isClock = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 61;
  if (!isDate || !isClock) return Number.NaN;
  return date.getTime() / 1000 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
