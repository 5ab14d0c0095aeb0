import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SessionClient } from "session-manager-client";

const { PORT = "3000", SESSION_URL = "http://localhost:8090/a01", SESSION_API_KEY } = process.env;

/**
 * An application behind nginx. It checks no session: nginx asked for every request that comes here, and says in headers
 * who it is. Only log-in and log-out talk to the service. Nobody but nginx may reach it.
 */
const client = new SessionClient({ baseUrl: SESSION_URL, apiKey: SESSION_API_KEY });

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function answer(request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://application");
  const route = `${request.method} ${pathname}`;
  if (route === "GET /login")
    return { status: 200, headers: { "content-type": "text/html" }, body: LOGIN_PAGE };
  if (route === "POST /login") return logIn(request, searchParams.get("return_to"));
  if (route === "POST /logout") return logOut(request);
  return {
    status: 200,
    body: `Hello ${said(request, "user")}, on ${said(request, "device")}.\n`,
  };
}

/** What nginx says, percent-encoded; empty on public paths. */
function said(request: IncomingMessage, what: "user" | "id" | "device"): string {
  return decodeURIComponent(String(request.headers[`x-session-${what}`] ?? ""));
}

/** Here your auth server would say who it is. */
async function logIn(request: IncomingMessage, returnTo: string | null): Promise<Answer> {
  const name = (await formOf(request)).get("name") ?? "";
  if (name === "") return { status: 400, body: "Please give a name.\n" };
  const { session_token } = await client.create({
    user_id: name,
    user_agent: request.headers["user-agent"],
  });
  const cookie = `__Host-session=${session_token}; ${COOKIE}`;
  return { status: 303, headers: { "set-cookie": cookie, location: safe(returnTo) } };
}

async function logOut(request: IncomingMessage): Promise<Answer> {
  const id = said(request, "id");
  if (id !== "") await client.close(id);
  const gone = `__Host-session=; Max-Age=0; ${COOKIE}`;
  return { status: 303, headers: { "set-cookie": gone, location: "/login" } };
}

const COOKIE = "Path=/; Secure; HttpOnly; SameSite=Lax";
const LOGIN_PAGE = `<!doctype html><html lang="en"><title>Sign in</title>
<form method="post"><label>Name <input name="name" required></label> <button>Sign in</button></form></html>`;

/** Anybody can write a link to /login: only a path of this site is a way back. */
function safe(path: string | null): string {
  return path !== null && /^\/(?![/\\])/.test(path) ? path : "/";
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > 4096) throw new Error("the form is too long");
  }
  return new URLSearchParams(text);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, headers, body } = await answer(request);
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
    response.end(body);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    response.writeHead(503, { "retry-after": "1" }).end("Please try again in a moment.\n");
  }
}

const server = createServer((request, response) => void serve(request, response));
server.listen(Number(PORT), "127.0.0.1", () => {
  process.stdout.write(`http://localhost:${(server.address() as AddressInfo).port}\n`);
});
