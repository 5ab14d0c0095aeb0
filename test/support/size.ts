/** The size of a test: small in `npm test`, full in `npm run verify`. */
export function size(small: number, full: number): number {
  return process.env["VERIFY"] === "1" ? full : small;
}
