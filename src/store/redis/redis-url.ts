export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  /** Absent: the server's default user. */
  readonly username?: string;
  readonly password: string;
}

/** What a Redis URL says. */
export interface RedisTarget {
  readonly topology: "standalone" | "sentinel" | "cluster";
  /** The server itself, or the Sentinels, or some nodes of the Cluster. Never empty. */
  readonly nodes: readonly [NodeAddress, ...NodeAddress[]];
  /** The name Sentinel knows the primary by; "" in the other topologies. */
  readonly primaryName: string;
  readonly database: number;
  readonly credentials?: Credentials;
  readonly isTls: boolean;
}

const SCHEMES = new Map<string, Pick<RedisTarget, "topology" | "isTls">>([
  ["redis", { topology: "standalone", isTls: false }],
  ["rediss", { topology: "standalone", isTls: true }],
  ["redis+sentinel", { topology: "sentinel", isTls: false }],
  ["rediss+sentinel", { topology: "sentinel", isTls: true }],
  ["redis+cluster", { topology: "cluster", isTls: false }],
  ["rediss+cluster", { topology: "cluster", isTls: true }],
]);

/**
 * Reads `redis://[user:pass@]host[:port][/db]`, `redis+sentinel://[user:pass@]h1[:26379],h2/<name>[/db]` and
 * `redis+cluster://[user:pass@]h1[:6379],h2`; `rediss…` for TLS. User, password and name are percent-decoded, IPv6
 * hosts stand in brackets. Throws an Error that says what is wrong; it never repeats the user or the password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const parts = /^([a-z+]+):\/\/(?:(.*)@)?([^@/?#]*)(?:\/([^@?#]*))?$/s.exec(url);
  const [, scheme = "", login, hosts = "", path = ""] = parts ?? [];
  const kind = SCHEMES.get(scheme);
  if (parts === null || kind === undefined) {
    throw new Error(`A Redis URL looks like redis://[user:pass@]host[:port][/db]; ${hint(url)}`);
  }
  const port = kind.topology === "sentinel" ? 26_379 : 6_379;
  return {
    ...kind,
    nodes: parseHosts(hosts, port, kind.topology === "standalone"),
    ...parsePath(path, kind.topology),
    ...(login === undefined ? {} : { credentials: parseLogin(login) }),
  };
}

function hint(url: string): string {
  const scheme = /^[a-z+]+(?=:\/\/)/.exec(url)?.[0];
  if (scheme === undefined || !SCHEMES.has(scheme)) {
    return `it must begin with one of ${[...SCHEMES.keys()].join("://, ")}://`;
  }
  return 'this one has a "?" or "#", or an "@" in its path: write them as %3F, %23, %40';
}

function parseHosts(
  hosts: string,
  defaultPort: number,
  isSingle: boolean,
): readonly [NodeAddress, ...NodeAddress[]] {
  const [first = "", ...others] = hosts.split(",");
  if (isSingle && others.length > 0) {
    throw new Error(
      "A redis:// URL names one host. Several: redis+sentinel://… or redis+cluster://…",
    );
  }
  return [parseHost(first, defaultPort), ...others.map((host) => parseHost(host, defaultPort))];
}

function parseHost(text: string, defaultPort: number): NodeAddress {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?$/.exec(text.trim());
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined) {
    throw new Error(
      "A host in the Redis URL is missing or malformed. Write host, host:port or [IPv6]:port",
    );
  }
  const port = parts?.[3] === undefined ? defaultPort : Number(parts[3]);
  if (port < 1 || port > 65_535) throw new Error(`Port ${port} in the Redis URL is out of range`);
  return { host, port };
}

function parsePath(
  path: string,
  topology: RedisTarget["topology"],
): Pick<RedisTarget, "primaryName" | "database"> {
  if (topology === "standalone") return { primaryName: "", database: parseDatabase(path) };
  if (topology === "sentinel") {
    const [name = "", database = "", ...more] = path.split("/");
    if (name === "" || more.length > 0) {
      throw new Error(
        "A Sentinel URL ends with the primary's name: redis+sentinel://host/<name>[/db]",
      );
    }
    return { primaryName: decode(name, "The primary's name"), database: parseDatabase(database) };
  }
  if (path !== "") {
    throw new Error("Redis Cluster has no numbered databases: leave out what follows the hosts");
  }
  return { primaryName: "", database: 0 };
}

function parseDatabase(text: string): number {
  if (text === "") return 0;
  if (!/^[0-9]{1,5}$/.test(text)) {
    throw new Error("The database in the Redis URL must be a number, as in redis://host/0");
  }
  return Number(text);
}

function parseLogin(login: string): Credentials {
  const colon = login.indexOf(":");
  if (colon === -1) {
    throw new Error(
      "The Redis URL has a user without a password. Write redis://user:pass@host or redis://:pass@host",
    );
  }
  const username = decode(login.slice(0, colon), "The user");
  const password = decode(login.slice(colon + 1), "The password");
  if (password === "") throw new Error("The password in the Redis URL is empty");
  return username === "" ? { password } : { username, password };
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The original error is left out: it could repeat the secret.
    throw new Error(`${what} in the Redis URL has a "%" that begins no %XX: write "%" as %25`);
  }
}
