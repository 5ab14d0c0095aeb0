const IN_ATTRIBUTES =
  "--attributes-file <file> with JSON, or standard input with --attributes-file -";

/** Options that would carry a secret, and what to use instead. They exist only to be refused. */
const SECRET_OPTIONS: Readonly<Record<string, string>> = {
  "--api-key":
    "--api-key-file <file>, standard input with --api-key-file -, or SESSIONSRV_API_KEY in the environment",
  "--key":
    "--api-key-file <file> or --key-file <file>, or SESSIONSRV_API_KEY or SESSION_ENCRYPTION_KEYS in the environment",
  "--token": "--token-file <file>, standard input, or SESSIONSRV_TOKEN in the environment",
  "--session-token": "--token-file <file>, standard input, or SESSIONSRV_TOKEN in the environment",
  "--access-token": IN_ATTRIBUTES,
  "--refresh-token": IN_ATTRIBUTES,
  "--auth-code": IN_ATTRIBUTES,
  "--encryption-key": "SESSION_ENCRYPTION_KEYS in the environment, or SESSION_ENCRYPTION_KEYS_FILE",
  "--encryption-keys":
    "SESSION_ENCRYPTION_KEYS in the environment, or SESSION_ENCRYPTION_KEYS_FILE",
  "--password": "a URL in a file or in the environment",
  "--passphrase": "--key-file <file>",
};

const SECRET_VALUES: readonly (readonly [pattern: RegExp, what: string, instead: string])[] = [
  [/smk_[A-Za-z0-9_-]{20}/, "an API key", SECRET_OPTIONS["--api-key"] ?? ""],
  [/smt_[A-Za-z0-9_-]{20}/, "a session token", SECRET_OPTIONS["--token"] ?? ""],
  [
    /:\/\/[^/\s]*:[^/\s]+@/,
    "a URL with a password",
    "--from-file, --to-file or --store-file <file>, standard input with - as the file, or SESSIONSRV_FROM, SESSIONSRV_TO or SESSION_STORE in the environment",
  ],
];

/**
 * Why these arguments are refused: one of them is a secret, which every user of the machine could read in the list of
 * processes, and which shells keep in a file. Undefined when none is. The secret is not repeated.
 */
export function refuseSecrets(args: readonly string[]): string | undefined {
  for (const arg of args) {
    const name = arg.split("=", 1)[0] ?? "";
    const instead = SECRET_OPTIONS[name];
    if (instead !== undefined) return refusal(`${name} would put a secret`, instead);
    const found = SECRET_VALUES.find(([pattern]) => pattern.test(arg));
    if (found) return refusal(`${found[1]} would be a secret`, found[2]);
  }
  return undefined;
}

function refusal(what: string, instead: string): string {
  return `${what} on the command line, where others can see it; use ${instead}`;
}
