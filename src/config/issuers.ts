import { readFileSync } from "node:fs";
import { z } from "zod";
import {
  CLIENT_AUTHENTICATIONS,
  type ClientAuthentication,
  type IssuerSettings,
  isSafeAddress,
} from "../vault/oidc/issuer-settings.ts";
import type { SettingReader } from "./setting-reader.ts";

/** Signed with a private key that only the auth server has: a shared secret could be anybody's. */
const LOGOUT_ALGORITHMS =
  "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");

const text = z.string({ error: "must be a string" }).min(1, { error: "must not be empty" });
const address = text.refine(isSafeAddress, {
  error: "must be an https address (http only on this machine), without user and password",
});

/** One entry of SESSION_ISSUERS as it is written. */
const Entry = z
  .strictObject({
    name: z
      .string({ error: "is required: what sessions call this auth server" })
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
        error: "must be letters, digits, . _ -, at most 64",
      }),
    issuer: address
      .refine((value) => !/[?#]/.test(value), { error: "must have no query and no fragment" })
      .optional(),
    client_id: z.string({ error: "is required" }).min(1, { error: "must not be empty" }),
    client_secret: text.optional(),
    client_secret_file: text.optional(),
    client_auth: z
      .enum(CLIENT_AUTHENTICATIONS, { error: `must be ${CLIENT_AUTHENTICATIONS.join(", ")}` })
      .optional(),
    token_endpoint: address.optional(),
    revocation_endpoint: address.optional(),
    jwks_uri: address.optional(),
    final_errors: z.array(text, { error: "must be a list of error codes" }).default([]),
    logout_algorithms: z
      .array(z.enum(LOGOUT_ALGORITHMS, { error: `may be ${LOGOUT_ALGORITHMS.join(", ")}` }), {
        error: "must be a list of algorithms",
      })
      .min(1, { error: "must not be empty" })
      .default([...LOGOUT_ALGORITHMS]),
    timeout_ms: z
      .int({ error: "must be a whole number" })
      .min(100, { error: "must be 100 to 10000" })
      .max(10_000, { error: "must be 100 to 10000" })
      .default(5000),
  })
  .superRefine((entry, context) => {
    for (const [field, message] of contradictionsIn(entry))
      context.addIssue({ code: "custom", path: [field], message });
  });

type Entry = z.infer<typeof Entry>;

/** What an entry may say. */
export const ISSUER_MEMBERS: readonly string[] = Object.keys(Entry.shape);

/** SESSION_ISSUERS: a JSON list of auth servers. All mistakes in it are told at once, none with a value. */
export function readIssuers(reader: SettingReader): readonly IssuerSettings[] {
  const written = reader.text("SESSION_ISSUERS");
  if (written === undefined) return [];
  const refuse = (wrong: string) => reader.refuse("SESSION_ISSUERS", wrong);
  const list = listIn(written);
  if (!list) {
    refuse("is not a JSON list, such as [{...}]");
    return [];
  }
  const issuers = list.flatMap((value, index) =>
    issuerIn(value, (wrong) => refuse(`entry ${index + 1}: ${wrong}`)),
  );
  for (const name of duplicatesIn(issuers.map((issuer) => issuer.name)))
    refuse(`two entries have the name ${name}`);
  for (const twin of duplicatesIn(issuers.map((issuer) => `${issuer.issuer} ${issuer.clientId}`)))
    refuse(`two entries have the issuer and client_id ${twin}`);
  return issuers;
}

function listIn(written: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(written);
    return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

function issuerIn(value: unknown, refuse: (wrong: string) => void): readonly IssuerSettings[] {
  const parsed = Entry.safeParse(value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) refuse(wordsOf(issue));
    return [];
  }
  const entry = parsed.data;
  const secret = entry.client_secret ?? secretIn(entry.client_secret_file);
  if (entry.client_secret_file !== undefined && secret === undefined) {
    refuse("client_secret_file cannot be read, or is empty");
    return [];
  }
  return [settingsOf(entry, authenticationOf(entry.client_auth, secret))];
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `${issue.keys.join(", ")}: is no such member`;
  if (issue.path.length === 0) return "must be a JSON object";
  return `${issue.path[0]?.toString()} ${issue.message}`;
}

function secretIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

type Contradiction = readonly [field: keyof Entry, message: string];

function contradictionsIn(entry: Entry): readonly Contradiction[] {
  const { client_secret, client_secret_file, client_auth } = entry;
  const hasSecret = client_secret !== undefined || client_secret_file !== undefined;
  const found: (Contradiction | false)[] = [
    entry.issuer === undefined &&
      entry.token_endpoint === undefined && ["issuer", "is required without token_endpoint"],
    client_secret !== undefined &&
      client_secret_file !== undefined && ["client_secret", "is set beside client_secret_file"],
    client_auth === "none" && hasSecret && ["client_auth", "is none, but there is a secret"],
    client_auth !== undefined &&
      client_auth !== "none" &&
      !hasSecret && ["client_auth", `is ${client_auth}, but there is no client_secret`],
  ];
  return found.filter((each) => each !== false);
}

function authenticationOf(
  method: Entry["client_auth"],
  secret: string | undefined,
): ClientAuthentication {
  if (method === "none" || secret === undefined) return { method: "none" };
  return { method: method ?? "client_secret_basic", secret };
}

function settingsOf(entry: Entry, authentication: ClientAuthentication): IssuerSettings {
  const { token_endpoint, revocation_endpoint, jwks_uri } = entry;
  return {
    name: entry.name,
    issuer: entry.issuer ?? new URL(token_endpoint ?? "").origin,
    clientId: entry.client_id,
    authentication,
    ...(token_endpoint === undefined ? {} : { tokenEndpoint: token_endpoint }),
    ...(revocation_endpoint === undefined ? {} : { revocationEndpoint: revocation_endpoint }),
    ...(jwks_uri === undefined ? {} : { jwksUri: jwks_uri }),
    finalErrors: entry.final_errors,
    logoutAlgorithms: entry.logout_algorithms,
    timeoutMs: entry.timeout_ms,
  };
}

function duplicatesIn(values: readonly string[]): ReadonlySet<string> {
  return new Set(values.filter((value, index) => values.indexOf(value) !== index));
}
