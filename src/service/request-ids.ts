import type { RandomBytes } from "../session/id.ts";

const ID_BYTES = 12;
const ID_CHARACTERS = 16;
const AT_ONCE = 256;

/** Makes request ids: 16 characters of base64url. Randomness is fetched for many at once, which is what takes the time. */
export function requestIds(randomBytes: RandomBytes): () => string {
  let pool = "";
  let at = 0;
  return () => {
    if (at >= pool.length) {
      pool = Buffer.from(randomBytes(ID_BYTES * AT_ONCE)).toString("base64url");
      at = 0;
    }
    return pool.slice(at, (at += ID_CHARACTERS));
  };
}
