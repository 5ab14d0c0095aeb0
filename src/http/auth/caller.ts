import { SCOPES, type Scope } from "./access.ts";

/** Who calls: a service, known by its API key. (A user, known by a session token, will be the second kind.) */
export interface Caller {
  readonly kind: "service";
  /** Fit for logs and audit events. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Everyone, where no key is configured. */
export const ANYONE: Caller = { kind: "service", name: "anonymous", scopes: new Set(SCOPES) };

/** Who asks for what needs no credential at all. */
export const NOBODY: Caller = { kind: "service", name: "anonymous", scopes: new Set() };
