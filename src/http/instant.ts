/** RFC 3339, UTC, milliseconds: what toISOString gives, in half of the time. */
export function instant(epochMs: number): string {
  const date = new Date(epochMs);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return date.toISOString();
  putTwoDigits(0, Math.floor(year / 100));
  putTwoDigits(2, year % 100);
  putTwoDigits(5, date.getUTCMonth() + 1);
  putTwoDigits(8, date.getUTCDate());
  putTwoDigits(11, date.getUTCHours());
  putTwoDigits(14, date.getUTCMinutes());
  putTwoDigits(17, date.getUTCSeconds());
  const milliseconds = date.getUTCMilliseconds();
  text[20] = ZERO + Math.floor(milliseconds / 100);
  putTwoDigits(21, milliseconds % 100);
  return text.toString("latin1");
}

const ZERO = 48;
const text = Buffer.from("0000-00-00T00:00:00.000Z", "latin1");

function putTwoDigits(at: number, value: number): void {
  text[at] = ZERO + Math.floor(value / 10);
  text[at + 1] = ZERO + (value % 10);
}
