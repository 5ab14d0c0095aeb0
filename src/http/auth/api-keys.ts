import { timingSafeEqual } from "node:crypto";
import type { ApiKey } from "./access.ts";
import type { Caller } from "./caller.ts";

// RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1.
const CREDENTIAL = /^[A-Za-z0-9._~+/-]+=*$/;
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** The credential of `Authorization: Bearer …`. Undefined when there is none, or something else. */
export function bearerOf(headers: Headers): string | undefined {
  const header = headers.get("authorization");
  if (header === null) return undefined;
  // As nearly everybody writes it: to look at it by parts takes a third of the time.
  const credential = header.startsWith("Bearer ") ? header.slice(7) : "";
  return CREDENTIAL.test(credential) ? credential : BEARER.exec(header)?.[1];
}

/** The hash of every key that is shown, one after the other. */
const presented = new Uint8Array(Bun.SHA256.byteLength);

/** Finds the service a key belongs to, in a time that does not depend on which one it is or how much of it is right. */
export class ApiKeys {
  readonly #known: readonly { readonly sha256: Uint8Array; readonly caller: Caller }[];

  constructor(keys: readonly ApiKey[]) {
    this.#known = keys.map(({ name, scopes, sha256 }) => ({
      sha256,
      caller: { kind: "service", name, scopes },
    }));
  }

  callerOf(key: string): Caller | undefined {
    Bun.SHA256.hash(key, presented);
    let found: Caller | undefined;
    for (const { sha256, caller } of this.#known)
      if (timingSafeEqual(sha256, presented)) found = caller;
    return found;
  }
}
