/** RFC 3339, UTC, milliseconds: what toISOString gives, in a fifth of the time. */
export function instant(epochMs: number): string {
  if (!(epochMs >= 0 && epochMs < END_OF_9999)) return new Date(epochMs).toISOString();
  const day = Math.floor(epochMs / DAY_MS);
  const ms = (epochMs - day * DAY_MS) | 0;
  const hours = TWO_DIGITS[(ms / 3_600_000) | 0];
  const minutes = TWO_DIGITS[((ms / 60_000) | 0) % 60];
  const seconds = TWO_DIGITS[((ms / 1000) | 0) % 60];
  return `${dayText(day)}T${hours}:${minutes}:${seconds}.${THREE_DIGITS[ms % 1000]}Z`;
}

const DAY_MS = 86_400_000;
const END_OF_9999 = Date.UTC(10_000, 0, 1);
const TWO_DIGITS = Array.from({ length: 60 }, (_, i) => `${i}`.padStart(2, "0"));
const THREE_DIGITS = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(3, "0"));

/** The days on which sessions begin and end are few: their texts are kept. */
const days = new Map<number, string>();
const KEPT_DAYS = 1000;

function dayText(day: number): string {
  const kept = days.get(day);
  if (kept !== undefined) return kept;
  const [text = ""] = new Date(day * DAY_MS).toISOString().split("T");
  if (days.size >= KEPT_DAYS) days.clear();
  days.set(day, text);
  return text;
}
