import { SessionError } from "../../session/errors.ts";
import type { Session, TokenOrigin } from "../../session/session.ts";
import type { LogoutIndex, Subject } from "./logout-index.ts";

/** A subject is known a little longer than its session. */
const GRACE_MS = 120_000;

/**
 * Notes whose session this is, so that a logout at its auth server finds it. Every store does so before it inserts a
 * session; what fails here is told as an insert that was not done.
 */
export async function noteOrigin(index: LogoutIndex, session: Session): Promise<void> {
  const notes = subjectsOf(session.origin).map((subject) =>
    index.add(subject, session.userId, knownUntil(session)),
  );
  try {
    await Promise.all(notes);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    throw new SessionError(error.code, "none", error.message, { cause: error });
  }
}

/** Until when the subjects of a session are known, epoch milliseconds. */
export function knownUntil({ expiresAt }: Session): number {
  return expiresAt + GRACE_MS;
}

/** By which names a logout token may mean sessions of this origin. */
export function subjectsOf(origin: TokenOrigin | undefined): readonly Subject[] {
  if (!origin) return [];
  const { issuer, sid, sub } = origin;
  return [
    ...(sid === undefined ? [] : [{ issuer, kind: "sid", value: sid } as const]),
    ...(sub === undefined ? [] : [{ issuer, kind: "sub", value: sub } as const]),
  ];
}

/** Whether a logout of `subject` ends the session. */
export function isOfSubject(session: Session | undefined, subject: Subject): boolean {
  return subjectsOf(session?.origin).some(
    ({ issuer, kind, value }) =>
      issuer === subject.issuer && kind === subject.kind && value === subject.value,
  );
}
