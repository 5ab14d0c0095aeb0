/**
 * Fields as bytes. Each field is its number (1 to 254), its length and its bytes; a field that has a name instead has
 * number 0, and its bytes are the length of its name, the name, and its value as JSON. 255 ends them. So any program can
 * carry fields that it does not know.
 *
 * - a length, or a whole number: seven bits a byte, the lowest first, all but the last byte with the high bit (LEB128)
 * - text: 0, then UTF-8; or, for the letters of base64url and dots, of which tokens are made, four characters in three
 *   bytes: the number of segments between the dots, and of each its length in characters (2 bytes), its fours as bytes,
 *   and the up to three characters that are left
 */
export const NAMED = 0;
export const END = 255;
export const MOST_SEGMENTS = 8;

/** How a numbered field that nobody knows appears among unknown fields; its value is base64url there. */
export function nameOfNumber(number: number): string {
  return `#${number}`;
}

/** The inverse; undefined for any other name. */
export function numberOf(name: string): number | undefined {
  const number = Number(/^#([1-9][0-9]{0,2})$/.exec(name)?.[1] ?? END);
  return number < END ? number : undefined;
}
