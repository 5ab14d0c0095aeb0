import type { Session, TokenOrigin } from "../../session/session.ts";
import type { Subject } from "./logout-index.ts";

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
