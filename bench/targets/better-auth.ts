import { inParallel, numbers } from "../login.ts";
import type { WireRequest } from "../wrk.ts";
import { NODE } from "../tools.ts";
import { type PeerOptions, cookiesOf, startPeer } from "./cookie-peer.ts";
import { HttpTarget } from "./http-target.ts";

/** Each one costs a password hash. */
const USERS = 20;
const PATH = "/api/auth/get-session";

/** better-auth: its get-session is what a backend asks of it, for a check and for what is in the session. */
export async function startBetterAuth(options: PeerOptions): Promise<HttpTarget> {
  const process = await startPeer(options, NODE);
  const url = `http://127.0.0.1:${process.port}`;
  return new HttpTarget({
    ...options,
    process,
    can: ["check", "get"],
    requestsOf: async () => {
      const cookies = await inParallel(numbers(USERS), 2, (user) => signUp(url, `user-${user}`));
      return cookies.map((cookie): WireRequest => ({
        method: "GET",
        path: PATH,
        headers: { cookie },
      }));
    },
  });
}

/** Returns the cookies of a new user. */
export async function signUp(url: string, name: string): Promise<string> {
  const email = `${name}-${crypto.randomUUID()}@example.org`;
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ name, email, password: "a password of a user" }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`sign-up was answered ${answer.status}: ${text}`);
  const cookie = cookiesOf(answer);
  const session = await fetch(url + PATH, { headers: { cookie } });
  if (!(await session.text()).includes(email)) throw new Error("get-session did not know the user");
  return cookie;
}
