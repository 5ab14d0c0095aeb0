import type { Session } from "../../session/session.ts";
import { SCOPES, type Scope } from "./access.ts";

/** A backend, known by its API key, or anybody where no key is configured. */
interface ServiceCaller {
  readonly kind: "service";
  /** Fit for logs and audit events. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** A user, known by the session token of one of their live sessions. Has no scope: what is their own is theirs. */
export interface UserCaller {
  readonly kind: "user";
  /** `session:` and the id of that session: fit for logs and audit events. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly session: Session;
  readonly token: string;
  readonly shownBy: "cookie" | "bearer";
}

/** Who calls. */
export type Caller = ServiceCaller | UserCaller;

/** Everyone, where no key is configured. */
export const ANYONE: Caller = { kind: "service", name: "anonymous", scopes: new Set(SCOPES) };

/** Who asks for what needs no credential at all. */
export const NOBODY: Caller = { kind: "service", name: "anonymous", scopes: new Set() };

const NO_SCOPES: ReadonlySet<Scope> = new Set();

export function userCaller(
  session: Session,
  shown: { readonly token: string; readonly shownBy: "cookie" | "bearer" },
): UserCaller {
  const { token, shownBy } = shown;
  return {
    kind: "user",
    name: `session:${session.id}`,
    scopes: NO_SCOPES,
    session,
    token,
    shownBy,
  };
}
