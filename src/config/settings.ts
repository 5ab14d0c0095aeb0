import { TRACING_SETTINGS } from "./tracing-settings.ts";

/** One setting as --help and the README show it. */
export interface Setting {
  readonly name: string;
  /** The text that stands for a setting that is not set. Absent: `unset` says what happens then. */
  readonly default?: string;
  readonly unit?: "seconds" | "milliseconds" | "bytes";
  /** Whole numbers from … to. */
  readonly range?: readonly [number, number];
  readonly choices?: readonly string[];
  /** Its value is never shown, and may come from a file named by `<name>_FILE`. */
  readonly secret?: true;
  readonly about: string;
}

const DAY_SECONDS = 86_400;
const TEN_YEARS_SECONDS = 3650 * DAY_SECONDS;

/** Every setting there is. The order is the order of --help and of the README's table. */
export const SETTINGS = [
  {
    name: "SESSION_HOST",
    default: "127.0.0.1",
    about: "Address to listen on. Anything but loopback needs SESSION_API_KEYS.",
  },
  {
    name: "SESSION_PORT",
    default: "8090",
    range: [0, 65_535],
    about: "Port to listen on; 0 takes a free one and says which. SERVICE_PORT is understood too.",
  },
  {
    name: "SESSION_SOCKET",
    about:
      "Path of a unix socket to listen on instead. Its owner may connect; its group too with API keys or SESSION_AUTH=off.",
  },
  { name: "SESSION_BASE_PATH", default: "/a01", about: "What every API path starts with." },
  {
    name: "SESSION_TLS_CERT_FILE",
    about: "Certificate chain (PEM) to serve HTTPS with, TLS 1.2 or newer. Read at start.",
  },
  { name: "SESSION_TLS_KEY_FILE", about: "The certificate's private key (PEM)." },
  {
    name: "SESSION_AUTH",
    default: "on",
    choices: ["on", "off"],
    about: "off: whoever can reach the port may do everything. Only behind something that checks.",
  },
  {
    name: "SESSION_API_KEYS",
    secret: true,
    about:
      "Who may call: name:read+write:<SHA-256 of the key in hex>, separated by commas. Scopes: read, write, tokens, admin. Without it the API is open to this machine only.",
  },
  {
    name: "SESSION_FIRST_KEY_FILE",
    about:
      "Without SESSION_API_KEYS: a file with one API key that has every scope. Made on the first start, readable by its owner only. The Docker image sets it to /data/api-key.",
  },
  {
    name: "SESSION_PUBLIC_ORIGIN",
    about:
      "Where browsers see the service, such as https://app.example.org. Needed when a proxy changes the Host and browsers are too old to send Sec-Fetch-Site.",
  },
  {
    name: "SESSION_TRUSTED_PROXIES",
    about:
      "Proxies whose X-Forwarded-For names the client, for the limit on wrong credentials: addresses or networks separated by commas, and unix for SESSION_SOCKET.",
  },
  {
    name: "SESSION_CHECK_DEADLINE_MS",
    default: "150",
    unit: "milliseconds",
    range: [5, 10_000],
    about:
      "By when a check is answered: 503 when the store has not answered in nine tenths of that time.",
  },
  {
    name: "SESSION_CHECK_FORWARD_TOKEN",
    default: "0",
    choices: ["0", "1"],
    about: "1: a check also answers the access token, as X-Session-Access-Token, for gateways.",
  },
  {
    name: "SESSION_STORE",
    secret: true,
    about:
      "Where sessions are kept: sqlite:<path>, memory:, redis://[user:password@]host[:port][/db], redis+sentinel://host,host/<name>[/db], redis+cluster://host,host; with TLS rediss://, rediss+sentinel://, rediss+cluster://. Without it: Redis if a REDIS_ setting names one, else sqlite:data/sessions.db.",
  },
  { name: "SESSION_REDIS_PREFIX", default: "sm", about: "What every Redis key starts with." },
  {
    name: "SESSION_REDIS_CA_FILE",
    about:
      "Certificates (PEM) of the authorities that Redis' certificate is checked with. Without it the well-known ones.",
  },
  {
    name: "SESSION_STORE_DEADLINE_MS",
    default: "1000",
    unit: "milliseconds",
    range: [20, 10_000],
    about: "How long a request waits for the store before it is answered 503.",
  },
  {
    name: "SESSION_CLOSE_ACK",
    choices: ["primary", "replicated"],
    about:
      "When a close counts as done on Redis: as soon as the primary has it, or only when a replica has it too. Without it: replicated on Sentinel and Cluster, else primary.",
  },
  {
    name: "SESSION_CACHE",
    choices: ["exact", "off"],
    default: "exact",
    about:
      "exact: sessions that were read are answered from memory, never after their close or update was answered; where the settings of Redis do not allow that, every read asks the store, and the log and /health/ready say why. off: every read asks the store.",
  },
  {
    name: "SESSION_CACHE_MB",
    default: "64",
    range: [1, 65_536],
    about: "About how much memory that may take, in megabytes.",
  },
  {
    name: "SESSION_EXP_SEC",
    default: String(30 * DAY_SECONDS),
    unit: "seconds",
    range: [1, TEN_YEARS_SECONDS],
    about: "How long a session lives at most, however much it is used.",
  },
  {
    name: "SESSION_IDLE_SEC",
    default: String(7 * DAY_SECONDS),
    unit: "seconds",
    range: [0, TEN_YEARS_SECONDS],
    about: "How long a session may rest between two uses; 0: as long as it lives.",
  },
  {
    name: "SESSION_NOT_BEFORE",
    about:
      "A time such as 2026-11-22T15:00:00Z: sessions created earlier are over, from then on and for good. Set it to close every session of everybody, and when a backup is restored, so that it revives none that was closed since.",
  },
  {
    name: "SESSION_MAX_PER_USER",
    default: "100",
    range: [1, 1000],
    about: "Sessions one user may have; a login over it closes the least recently used.",
  },
  {
    name: "SESSION_MAX_BODY_BYTES",
    default: "262144",
    unit: "bytes",
    range: [1024, 16_777_216],
    about: "The largest request body that is read.",
  },
  {
    name: "SESSION_ENCRYPTION_KEYS",
    secret: true,
    about:
      "Keys that tokens, codes and emails are sealed with: 32 bytes each as base64url, separated by commas, the newest first. Without it SQLite makes a key file beside the database, and Redis keeps them plain.",
  },
  {
    name: "SESSION_WORKERS",
    default: "1",
    about:
      "How many processes serve the port: a number, or auto for one per processor. More than one needs Redis; on SQLite auto is one. See docs/workers.md.",
  },
  {
    name: "SESSION_ISSUERS",
    secret: true,
    about:
      "Auth servers that sessions' tokens may come from: a JSON list, see docs/vault.md. Without it tokens are kept and given back, and nothing else happens with them.",
  },
  {
    name: "SESSION_TOKEN_MIN_TTL_SEC",
    default: "30",
    unit: "seconds",
    range: [1, 3600],
    about:
      "An access token that ends sooner is refreshed before it is handed out; one that lives shorter than twice that, in the second half of its life.",
  },
  {
    name: "SESSION_NEEDS_LOGIN",
    default: "keep",
    choices: ["keep", "close"],
    about:
      "What becomes of a session whose tokens the auth server refuses to refresh: it is kept and shown with needs_login, or closed.",
  },
  {
    name: "SESSION_DRAIN_SEC",
    default: "8",
    unit: "seconds",
    range: [0, 3600],
    about: "How long requests in flight may take to end after SIGTERM. Docker kills after 10.",
  },
  {
    name: "SESSION_LOG_LEVEL",
    default: "info",
    choices: ["debug", "info", "warn", "error"],
    about:
      "How much to log. info: what happens to sessions, changes, refusals and failures; debug: every request. With warn and error the audit lines are left out too.",
  },
  {
    name: "SESSION_LOG_SAMPLE",
    default: "1",
    range: [0, 1_000_000],
    about:
      "Of the requests that went well and that the level lets through, one in this many is logged; 0: none. Refusals, failures and what happens to sessions always are.",
  },
  ...TRACING_SETTINGS,
  { name: "SERVICE_PORT", range: [0, 65_535], about: "Another name of SESSION_PORT, which wins." },
  {
    name: "REDIS_URL",
    secret: true,
    about: "The Redis to use when SESSION_STORE is not set, written as there.",
  },
  {
    name: "REDIS_HOSTNAME",
    about: "The Redis to use when neither SESSION_STORE nor REDIS_URL is set.",
  },
  {
    name: "REDIS_PORT",
    default: "6379",
    about:
      "Its port; or tcp://host:port, as docker run --link redis sets it, which names the host as well.",
  },
  { name: "REDIS_PASSWORD", secret: true, about: "Its password." },
  { name: "REDIS_DB", default: "0", range: [0, 1_000_000], about: "The number of its database." },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]["name"];

export function settingOf(name: SettingName): Setting {
  const setting = SETTINGS.find((each) => each.name === name);
  if (!setting) throw new Error(`${name} is not in the table of settings`);
  return setting;
}

/** What may be written for a setting, in words; undefined where `about` says it. */
export function allowedIn(setting: Setting): string | undefined {
  if (setting.choices) return setting.choices.join(" or ");
  if (!setting.range) return undefined;
  const [from, to] = setting.range;
  return `a whole number${setting.unit ? ` of ${setting.unit}` : ""} from ${from} to ${to}`;
}
