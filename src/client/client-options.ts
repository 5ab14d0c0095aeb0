/** How SessionClient calls fetch: with a URL and plain members only, which every platform knows. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How often and how fast a call is tried again. */
export interface RetryPolicy {
  /** All tries together, the first one included. Default 4. */
  readonly maxTries: number;
  /** Before the second try up to this long is waited, before the third twice that, and so on. Default 50. */
  readonly baseDelayMs: number;
  /** The longest such wait. Default 1000. What the service asks for in Retry-After may be longer. */
  readonly maxDelayMs: number;
}

export interface SessionClientOptions {
  /** With the base path, such as `http://localhost:8090/a01`. */
  readonly baseUrl: string;
  /**
   * The API key of this service, or a function that gives the present one, asked before every try. An app that calls
   * for its user gives the session token here. Left out: none is sent.
   */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /** Default: the platform's. */
  readonly fetch?: Fetch | undefined;
  /** The deadline of a call, all tries and waits included. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** The deadline of one try of a call that is safe to repeat. Default 3,000. */
  readonly tryTimeoutMs?: number | undefined;
  /** false: one try only. */
  readonly retry?: Partial<RetryPolicy> | false | undefined;
  /** 0 (included) to 1 (excluded), to spread the waits. Default: Math.random. */
  readonly random?: (() => number) | undefined;
  /** Makes the Idempotency-Key of a create. Default: a random UUID. */
  readonly newIdempotencyKey?: (() => string) | undefined;
}

/** The options of one call. */
export interface CallOptions {
  /** Ends the call, which then throws the signal's reason. What was asked for may have happened. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of the client's. */
  readonly timeoutMs?: number | undefined;
}

/** The options with their defaults. */
export interface ClientSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: () => string | undefined | Promise<string>;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly tryTimeoutMs: number;
  readonly retry: RetryPolicy;
  readonly random: () => number;
  readonly newIdempotencyKey: () => string;
}

/** Throws a TypeError for a base URL that is none. */
export function settingsOf(options: SessionClientOptions): ClientSettings {
  const { apiKey, retry } = options;
  return {
    baseUrl: readBaseUrl(options.baseUrl),
    apiKey: typeof apiKey === "function" ? apiKey : () => apiKey,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    timeoutMs: options.timeoutMs ?? 10_000,
    tryTimeoutMs: options.tryTimeoutMs ?? 3_000,
    retry: {
      maxTries: retry === false ? 1 : (retry?.maxTries ?? 4),
      baseDelayMs: (retry || {}).baseDelayMs ?? 50,
      maxDelayMs: (retry || {}).maxDelayMs ?? 1_000,
    },
    random: options.random ?? Math.random,
    newIdempotencyKey: options.newIdempotencyKey ?? (() => crypto.randomUUID()),
  };
}

function readBaseUrl(text: string): string {
  const { protocol, origin, pathname, username, search, hash } = new URL(text);
  const isPlain = username === "" && search === "" && hash === "";
  if (!/^https?:$/.test(protocol) || !isPlain)
    throw new TypeError("baseUrl must be http:// or https://, without user, query and fragment");
  return origin + pathname.replace(/\/+$/, "");
}
