import { z } from "zod";
import { KeyRing } from "../seal/key-ring.ts";
import { bucketOfId, bucketOfUser, parseSessionId } from "../session/id.ts";
import type { Session } from "../session/session.ts";
import { decodeBody, encodeBody } from "../store/record.ts";
import { idText } from "../wire/text.ts";

/** A session as an export has it (docs/export-format.md): the core's names in snake_case, instants as epoch ms. */
export type SessionDocument = Readonly<Record<string, unknown>>;

export type ReadSession = { readonly session: Session } | { readonly mistake: string };

/** Everything of a session, also what a later version of it brings. */
export function documentOf(session: Session): SessionDocument {
  const { tokenHash, unknownFields, ...rest } = session;
  return {
    ...(renamed(rest, snakeCase) as SessionDocument),
    token_hash: Buffer.from(tokenHash).toString("base64url"),
    ...(unknownFields ? { unknown_fields: unknownFields } : {}),
  };
}

/** The inverse of documentOf. A mistake names the member and never its value. */
export function sessionOf(document: unknown): ReadSession {
  const parsed = SHAPE.safeParse(document);
  if (!parsed.success) return { mistake: firstIssue(parsed.error) };
  const { token_hash: hash, unknown_fields: unknownFields, ...rest } = parsed.data;
  const session = {
    ...(renamed(rest, camelCase) as Omit<Session, "tokenHash">),
    tokenHash: Buffer.from(hash, "base64url"),
    ...(unknownFields ? { unknownFields } : {}),
  };
  if (bucketOfId(session.id) !== bucketOfUser(session.userId))
    return { mistake: "id is not one of user_id's: the two do not belong together" };
  return isKept(session)
    ? { session }
    : { mistake: "it holds something that this version does not keep: use a newer program" };
}

/** The same text for the same session on every engine: members in the order of their names. */
export function canonicalText(session: Session): string {
  return JSON.stringify(sorted(documentOf(session)));
}

const LAST_INSTANT = 2 ** 48 - 1;
const instant = z.int().min(0).max(LAST_INSTANT);
const text = z.string();

const SHAPE = z.looseObject({
  id: text.refine((id) => parseSessionId(id) === id, "is not a session id"),
  user_id: idText({ description: "" }),
  device_id: idText({ description: "" }),
  version: text.regex(/^\d{1,9}-[A-Za-z0-9_-]{8}$/, "is not a version"),
  token_hash: text.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "is not 32 bytes of base64url"),
  created_at: instant,
  updated_at: instant,
  last_used_at: instant,
  expires_at: instant,
  idle_seconds: z.int().min(0).max(315_360_000),
  access_token_expires_at: instant.optional(),
  needs_login: z.literal(true).optional(),
  user_agent: text.optional(),
  ip_address: text.optional(),
  attributes: z.strictObject({
    auth_code: text.optional(),
    access_token: text.optional(),
    refresh_token: text.optional(),
    user_email: text.optional(),
    expiration_time_seconds: z.int().min(0).optional(),
  }),
  unknown_fields: z
    .strictObject({
      clear: z.record(z.string(), z.unknown()),
      sealed: z.record(z.string(), z.unknown()),
    })
    .optional(),
});

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "the session"}: ${issue?.message ?? "is not right"}`;
}

const PLAIN = new KeyRing([]);

/** Whether the stored form (store/record.ts) gives the same session back. What it does not know it drops, or throws. */
function isKept(session: Session): boolean {
  const { id, deviceId, version, createdAt, lastUsedAt, expiresAt, idleSeconds } = session;
  const { needsLogin } = session;
  const head = { id, deviceId, version, createdAt, lastUsedAt, expiresAt, idleSeconds };
  const stored = { ...head, ...(needsLogin ? { needsLogin } : {}) };
  try {
    const kept = decodeBody(stored, encodeBody(session, PLAIN), PLAIN);
    return canonicalText(kept) === canonicalText(session);
  } catch {
    return false;
  }
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.map(([name, member]) => [rename(name), renamed(member, rename)]),
  );
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const inOrder = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(inOrder.map(([name, member]) => [name, sorted(member)]));
}
