import { randomBytes } from "node:crypto";
import { CachedStore } from "../../src/cache/cached-store.ts";
import { NOBODY_ELSE } from "../../src/cache/leases.ts";
import { NearCache } from "../../src/cache/near-cache.ts";
import { type AppParts, type RequestEntry, createApp } from "../../src/http/app.ts";
import type { Access } from "../../src/http/auth/access.ts";
import { NO_TRUSTED_PROXIES, type TrustedProxies } from "../../src/http/auth/client-address.ts";
import type { Peer } from "../../src/http/call.ts";
import { pathRoutes } from "../../src/http/server.ts";
import type { Readiness } from "../../src/http/routes/health.ts";
import type { AuditEvent } from "../../src/session/audit.ts";
import { SessionManager } from "../../src/session/manager.ts";
import type { Policy } from "../../src/session/policy.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { FinalCloses } from "../../src/store/closes/final-closes.ts";
import { CreateAnswer } from "../../src/wire/session-answers.ts";
import { AccessTokens } from "../../src/vault/access-tokens.ts";
import type { AuthServer } from "../../src/vault/auth-server.ts";
import { Logins } from "../../src/vault/logins/logins.ts";
import { BackChannelLogout } from "../../src/vault/logout/back-channel-logout.ts";
import type { LogoutTokenCheck } from "../../src/vault/logout/logout-token.ts";
import type { VaultEvent } from "../../src/vault/vault-log.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { ObservedStore, type StoreCall } from "../../src/store/observed-store.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { KEYED, KEYS } from "./api-keys.ts";
import { SetClock } from "./clock.ts";

/** What a test may choose of a served app. */
export interface AppChoices {
  readonly access?: Access;
  readonly publicOrigin?: string;
  readonly trustedProxies?: TrustedProxies;
  readonly forwardsToken?: boolean;
  readonly policy?: Partial<Policy>;
  readonly maxBodyBytes?: number;
  readonly readiness?: () => Promise<Readiness>;
  /** Who seems to send, instead of who does. */
  readonly peer?: Pick<Peer, "address">;
  /** Is given the clock, so that both tell the same time. */
  readonly store?: (now: () => number) => MemoryStore;
  /** Whether live sessions are answered from memory, as by a process that has the store for itself. */
  readonly hasCache?: boolean;
  /** What is behind every name of ISSUERS. */
  readonly authServer?: AuthServer;
  /** Absent: every logout token is refused. */
  readonly checkLogoutToken?: LogoutTokenCheck;
}

/** What a test sends. Anything but a string, bytes or a stream as `body` goes as JSON. */
export interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bearer credential; by default the key that may do everything, null for none. */
  readonly key?: string | null;
}

export const MAX_BODY_BYTES = 256 * 1024;
/** The auth servers that are configured. */
const ISSUERS: readonly string[] = ["main", "second"];
const POLICY: Policy = { lifetimeSeconds: 86_400, idleSeconds: 6000, maxPerUser: 100 };

/** The HTTP API on a free port of 127.0.0.1, over a memory store and a clock that the test sets. */
export class ServedApp implements AsyncDisposable {
  readonly clock = new SetClock();
  readonly events: AuditEvent[] = [];
  /** What the log would have been told of each answer. */
  readonly requests: RequestEntry[] = [];
  readonly storeCalls: StoreCall[] = [];
  readonly vaultEvents: VaultEvent[] = [];
  /** Refresh tokens of logins that came to nothing. */
  readonly revoked: (string | undefined)[] = [];
  readonly store: MemoryStore;
  readonly #observed: SessionStore;
  readonly #server: Bun.Server<undefined>;

  constructor(choices: AppChoices = {}) {
    const now = () => this.clock.now();
    this.store = choices.store ? choices.store(now) : new MemoryStore(now);
    const observed = new ObservedStore(this.store, (call) => void this.storeCalls.push(call));
    this.#observed = choices.hasCache ? cached(observed, this.clock) : observed;
    const manager = this.#manager(choices.policy);
    const app = createApp({
      manager,
      clock: this.clock,
      basePath: "/a01",
      access: choices.access ?? KEYED,
      isIssuer: (name) => ISSUERS.includes(name),
      accessTokens: this.#accessTokens(manager, choices.authServer),
      ...this.#logins(manager, choices),
      ...(choices.publicOrigin === undefined ? {} : { publicOrigin: choices.publicOrigin }),
      isHttps: choices.publicOrigin?.startsWith("https:") === true,
      trustedProxies: choices.trustedProxies ?? NO_TRUSTED_PROXIES,
      check: { deadlineMs: 150, forwardsToken: choices.forwardsToken ?? false },
      maxBodyBytes: choices.maxBodyBytes ?? MAX_BODY_BYTES,
      readiness: choices.readiness ?? (async () => ({ ready: true, degraded: [], cache: "off" })),
      metrics: async () => ({ contentType: "text/plain; version=0.0.4", body: "sessions 1\n" }),
      onRequest: (entry) => void this.requests.push(entry),
      newRequestId: () => `made-${randomBytes(6).toString("hex")}`,
      version: "1.2.3",
    });
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      development: false,
      ...pathRoutes(app.paths, (path) => (request, server) => {
        const { address } = choices.peer ?? server.requestIP(request) ?? { address: undefined };
        return app.fetch(request, { address, path });
      }),
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  /** Sends a request to `path`, which starts with a slash. */
  async send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { body, headers, key = KEYS.all } = sent;
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });
    return readAnswer(response);
  }

  /** Creates a session, of user007 unless `body` says otherwise. */
  async create(body: object = {}): Promise<CreateAnswer> {
    const answer = await this.send("POST", "/a01/session", {
      body: { user_id: "user007", ...body },
    });
    if (answer.status !== 201) throw new Error(`the create was answered ${answer.text}`);
    return CreateAnswer.parse(answer.json);
  }

  /** Removes every session and says how many there were. */
  async countAndRemoveAll(): Promise<number> {
    let count = 0;
    for (;;) {
      const removed = await this.store.purgeExpired(Number.MAX_SAFE_INTEGER);
      if (removed.length === 0) return count;
      count += removed.length;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  #accessTokens(sessions: SessionManager, server: AuthServer | undefined): AccessTokens {
    return new AccessTokens({
      sessions,
      store: this.#observed,
      clock: this.clock,
      randomBytes,
      random: () => 0.5,
      wait: (ms) => Bun.sleep(ms),
      audit: { record: (event) => void this.events.push(event) },
      log: { record: (event) => void this.vaultEvents.push(event) },
      onRefused: "keep",
      revoke: async () => {},
      authServers: (name) => (ISSUERS.includes(name) ? server : undefined),
      minTtlMs: 30_000,
    });
  }

  #logins(
    sessions: SessionManager,
    { authServer, policy, checkLogoutToken }: AppChoices,
  ): Pick<AppParts, "logins" | "logouts"> {
    const { logins } = this.store;
    const shared = {
      store: this.#observed,
      clock: this.clock,
      randomBytes,
      audit: { record: (event: AuditEvent) => void this.events.push(event) },
      logins,
    };
    const check: LogoutTokenCheck =
      checkLogoutToken ?? (async () => ({ outcome: "invalid", reason: "nobody signed it" }));
    return {
      logouts: new BackChannelLogout({ ...shared, check }),
      logins: new Logins({
        ...shared,
        sessions,
        replays: logins,
        answers: logins,
        policy: { ...POLICY, ...policy },
        authServers: (name) => (ISSUERS.includes(name) ? authServer : undefined),
        revoke: async (session) => void this.revoked.push(session.attributes.refreshToken),
      }),
    };
  }

  #manager(policy: Partial<Policy> | undefined): SessionManager {
    return new SessionManager({
      store: this.#observed,
      policy: { ...POLICY, ...policy },
      clock: this.clock,
      randomBytes,
      audit: { record: (event) => void this.events.push(event) },
    });
  }
}

function cached(store: SessionStore, clock: SetClock): SessionStore {
  const memory = new NearCache({ maxBytes: 10_000_000, monotonic: () => performance.now() });
  const withMemory = new CachedStore({ store, memory, leases: NOBODY_ELSE, clock });
  return new FinalCloses(withMemory, { clock, onLateClose: () => {} });
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> | ReadableStream {
  return typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
}
