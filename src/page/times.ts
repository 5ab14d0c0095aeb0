// The page is in English, so its dates are too: a screen reader reads both with one voice.
const LOCALE = "en-GB";
const UTC = new Intl.DateTimeFormat(LOCALE, {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "UTC",
});
const RELATIVE = new Intl.RelativeTimeFormat(LOCALE);
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** "22 Nov 2026, 14:03 UTC": the same for everybody, so the server can write it. */
export function utcTime(instant: string): string {
  return `${UTC.format(new Date(instant))} UTC`;
}

/** The same in the reader's time zone. Only for the browser. */
export function localTime(instant: string): string {
  const format = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
  return format.format(new Date(instant));
}

/** "5 minutes ago", seen from `asOf`. Less than a minute, and everything later than `asOf`, is "just now". */
export function relativeTime(instant: string, asOf: string): string {
  const seconds = (Date.parse(asOf) - Date.parse(instant)) / 1000;
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return RELATIVE.format(-Math.floor(seconds / length), unit);
  }
  return "just now";
}
