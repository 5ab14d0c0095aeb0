import { type Parsed, accept, reject } from "./parsed.ts";
import { invalidFields } from "./problem.ts";

const BARE = /^[\x21\x23-\x7e][\x21-\x7e]{0,254}$/;
const QUOTED = /^"([\x21\x23-\x5b\x5d-\x7e]{1,255})"$/;

/**
 * Reads Idempotency-Key: 1 to 255 visible ASCII characters. The quoted string that the draft standard
 * (draft-ietf-httpapi-idempotency-key-header) writes is the same key without its quotes; inside them, `"` and `\` are
 * refused. Absent: undefined.
 */
export function readIdempotencyKey(request: Request): Parsed<string | undefined> {
  const value = request.headers.get("idempotency-key");
  if (value === null) return accept(undefined);
  const key = QUOTED.exec(value)?.[1] ?? BARE.exec(value)?.[0];
  if (key !== undefined) return accept(key);
  return reject(
    invalidFields([
      {
        in: "header",
        field: "Idempotency-Key",
        reason: "must be 1 to 255 visible ASCII characters, in quotes or without",
      },
    ]),
  );
}
