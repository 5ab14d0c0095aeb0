import { inParallel, loginOf, numbers, refreshOf } from "../login.ts";
import type { Workload } from "../target.ts";
import type { WireRequest } from "../wrk.ts";
import { AUTHORIZATION } from "./api-key.ts";

interface Created {
  readonly session_id: string;
  readonly session_token: string;
}

type Requests = Promise<readonly WireRequest[]>;

/** As many as are asked for in turn; all of them are in memory where there is a cache. */
const SESSIONS = 200;
const USERS_TO_CREATE = 30_000;
const KEY = { authorization: AUTHORIZATION };

/** Makes the requests of each workload for a running service, with the sessions they need. */
export class ServiceRequests {
  readonly #url: string;
  readonly #path: string;
  #users = 0;

  /** With the base path. */
  constructor(url: string) {
    this.#url = url;
    this.#path = new URL(url).pathname;
  }

  of(workload: Workload, closes: number): Requests {
    const makers: Readonly<Record<Workload, () => Requests>> = {
      check: () => this.#forEach(SESSIONS, (created) => this.#check(created)),
      "check miss": () => this.#forEach(SESSIONS, (created) => this.#check(unknown(created))),
      get: () => this.#forEach(SESSIONS, (created) => this.#one("GET", created)),
      create: async () => numbers(USERS_TO_CREATE).map(() => this.#login()),
      update: () => this.#forEach(SESSIONS, (created) => this.#update(created)),
      close: () => this.#forEach(closes, (created) => this.#one("DELETE", created)),
      "list of 1": () => this.#list(1),
      "list of 10": () => this.#list(10),
      "list of 100": () => this.#list(100),
      "mix 95/4/1": () => this.#mix(),
    };
    return makers[workload]();
  }

  async #forEach(count: number, request: (created: Created) => WireRequest): Requests {
    const create = () => this.#create(`user-${this.#users++}`, "device");
    return (await inParallel(numbers(count), 32, create)).map(request);
  }

  async #create(user: string, device: string): Promise<Created> {
    const answer = await fetch(`${this.#url}/session`, {
      method: "POST",
      headers: { ...KEY, "content-type": "application/json" },
      body: JSON.stringify(loginOf(user, device)),
    });
    if (answer.status !== 201) throw new Error(`a create was answered ${answer.status}`);
    return (await answer.json()) as Created;
  }

  #check({ session_token }: Created): WireRequest {
    const headers = { authorization: `Bearer ${session_token}` };
    return { method: "GET", path: `${this.#path}/check`, headers };
  }

  #one(method: string, { session_id }: Created): WireRequest {
    return { method, path: `${this.#path}/session/${session_id}`, headers: KEY };
  }

  #update(created: Created): WireRequest {
    return { ...this.#one("PATCH", created), body: JSON.stringify(refreshOf()) };
  }

  #login(): WireRequest {
    const body = JSON.stringify(loginOf(`new-${this.#users++}`, "device"));
    return { method: "POST", path: `${this.#path}/session`, headers: KEY, body };
  }

  async #list(count: number): Requests {
    const user = `list-${count}-${this.#users++}`;
    await inParallel(numbers(count), 16, (device) => this.#create(user, `device-${device}`));
    return [{ method: "GET", path: `${this.#path}/session?user_id=${user}`, headers: KEY }];
  }

  /** Of a hundred, one is a create and four are updates. */
  async #mix(): Requests {
    const checks = await this.#forEach(SESSIONS, (created) => this.#check(created));
    const updates = await this.#forEach(SESSIONS, (created) => this.#update(created));
    return numbers(20).flatMap((round) =>
      checks.map((check, i) => {
        const turn = (i + round * 7) % 100;
        if (turn === 0) return this.#login();
        return turn % 25 === 1 ? (updates[i] ?? check) : check;
      }),
    );
  }
}

/** A token that has the right form and belongs to nobody. */
function unknown(created: Created): Created {
  const token = created.session_token;
  const other = token.at(5) === "A" ? "B" : "A";
  return { ...created, session_token: `${token.slice(0, 5)}${other}${token.slice(6)}` };
}
