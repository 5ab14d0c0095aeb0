import type { Subprocess } from "bun";
import { join } from "node:path";
import {
  BASIC_CLIENT,
  CONTROL_PATH,
  type ProviderBehaviour,
  type ProviderClient,
  type ProviderControl,
  type ProviderCounts,
} from "./provider-state.ts";

const PROCESS = join(import.meta.dir, "provider-process.ts");

/**
 * A real auth server (oidc-provider) in a process of its own, on a port of 127.0.0.1: authorization code with PKCE,
 * rotating refresh tokens with reuse detection, revocation, introspection, discovery, back-channel logout. It keeps all
 * in memory and dies with the test process, whatever ends that.
 */
export class OidcProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly #process: Subprocess;

  private constructor(issuer: string, process: Subprocess) {
    this.issuer = issuer;
    this.#process = process;
  }

  /** On `port`, else on any that is free. Waits until it listens. */
  static async start(behaviour: Partial<ProviderBehaviour> = {}, port = 0): Promise<OidcProvider> {
    const child = Bun.spawn([...guard(), process.execPath, PROCESS], {
      env: { PATH: process.env["PATH"] ?? "", PORT: String(port) },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const issuer = await firstLine(child.stdout);
    if (issuer === "")
      throw new Error(`oidc-provider did not start: ${await new Response(child.stderr).text()}`);
    const provider = new OidcProvider(issuer, child);
    await provider.control({ behave: behaviour });
    return provider;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get tokenEndpoint(): string {
    return `${this.issuer}/token`;
  }

  get revocationEndpoint(): string {
    return `${this.issuer}/token/revocation`;
  }

  behave(behaviour: Partial<ProviderBehaviour>): Promise<ProviderCounts> {
    return this.control({ behave: behaviour });
  }

  counts(): Promise<ProviderCounts> {
    return this.control({});
  }

  /** Counts start again at zero. */
  forget(): Promise<ProviderCounts> {
    return this.control({ forget: true });
  }

  /** What the auth server says of an access or refresh token (RFC 7662). */
  async isActive(token: string): Promise<boolean> {
    const response = await this.post("/token/introspection", { token });
    const { active } = (await response.json()) as { active: boolean };
    return active;
  }

  /** Asks the token endpoint as `client` does. */
  token(fields: Readonly<Record<string, string>>, client = BASIC_CLIENT): Promise<Response> {
    return this.post("/token", fields, client);
  }

  async control(control: ProviderControl): Promise<ProviderCounts> {
    const body = JSON.stringify(control);
    const response = await fetch(this.issuer + CONTROL_PATH, { method: "POST", body });
    return (await response.json()) as ProviderCounts;
  }

  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    client: ProviderClient = BASIC_CLIENT,
  ): Promise<Response> {
    const headers = basicHeader(client);
    const own = client.authentication === "client_secret_basic" ? {} : inBody(client);
    return fetch(this.issuer + path, {
      method: "POST",
      headers,
      body: new URLSearchParams({ ...fields, ...own }),
    });
  }

  /** Ends the process at once: nobody listens on its port any more. */
  async stop(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function guard(): readonly string[] {
  return Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL", "--"];
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
function basicHeader({ authentication, id, secret = "" }: ProviderClient): HeadersInit {
  if (authentication !== "client_secret_basic") return {};
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function inBody({ id, secret }: ProviderClient): Readonly<Record<string, string>> {
  return { client_id: id, ...(secret === undefined ? {} : { client_secret: secret }) };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  return "";
}
