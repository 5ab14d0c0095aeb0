import type { Pending } from "./auth-server.ts";

const NAME = "__Host-login";
const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** For the ten minutes that a log-in may take. */
export function pendingCookie({ state, verifier }: Pending): string {
  return `${NAME}=${state}.${verifier}; Max-Age=600; ${ATTRIBUTES}`;
}

export const NO_PENDING_COOKIE = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;

/** Undefined when this browser began no log-in here. */
export function readPending(request: Request): Pending | undefined {
  const cookies = request.headers.get("cookie") ?? "";
  const [, state, verifier] = /(?:^|; )__Host-login=([\w-]+)\.([\w.~-]+)/.exec(cookies) ?? [];
  return state === undefined || verifier === undefined ? undefined : { state, verifier };
}
