import { FIELDS, type Fields, type Made, type Shown } from "./history.ts";
import type { HttpReply } from "./http-link.ts";
import type { Answered, RecordedLinks } from "./recorder.ts";

/** What a create asks for. */
export interface CreatePlan {
  readonly user: string;
  readonly device: string;
  readonly fields: Fields;
  readonly key?: string;
  readonly replaces?: boolean;
  readonly lifetimeSeconds?: number;
}

type Json = Readonly<Record<string, unknown>>;

/** The operations of the API as a caller asks them, each recorded. The first argument is the process to ask. */
export class Operations {
  readonly #links: RecordedLinks;

  constructor(links: RecordedLinks) {
    this.#links = links;
  }

  create(node: number, plan: CreatePlan): Promise<Answered<Made | "mismatch">> {
    const { user, device, fields, key, replaces = false, lifetimeSeconds } = plan;
    const body = {
      user_id: user,
      device_id: device,
      ...fields,
      ...(replaces ? { replace_device: true } : {}),
      ...(lifetimeSeconds === undefined ? {} : { lifetime_seconds: lifetimeSeconds }),
    };
    const headers = key === undefined ? {} : { "idempotency-key": key };
    return this.#links.ask(
      node,
      { method: "POST", path: "/a01/session", headers, body: JSON.stringify(body) },
      (reply) => (reply.status === 422 ? "mismatch" : on(201, reply, madeOf)),
      (result) => ({ verb: "create", ...plan, replaces, ...given(result) }),
    );
  }

  get(node: number, id: string): Promise<Answered<Shown | "absent">> {
    return this.#links.ask(
      node,
      { method: "GET", path: `/a01/session/${id}` },
      (reply) => absentOr(404, reply, shownOf),
      (result) => ({ verb: "get", id, ...given(result) }),
    );
  }

  check(node: number, id: string, token: string): Promise<Answered<unknown>> {
    return this.#links.ask(
      node,
      { method: "GET", path: "/a01/check", headers: { authorization: `Bearer ${token}` } },
      (reply) => absentOr(401, reply, checkedOf),
      (result) => ({ verb: "check", id, token, ...given(result) }),
    );
  }

  update(
    node: number,
    id: string,
    changes: Fields,
    ifVersion?: string,
  ): Promise<Answered<Shown | "absent" | "mismatch">> {
    const condition = ifVersion === undefined ? {} : { ifVersion };
    const headers: Record<string, string> =
      ifVersion === undefined ? {} : { "if-match": ifVersion };
    return this.#links.ask(
      node,
      { method: "PATCH", path: `/a01/session/${id}`, headers, body: JSON.stringify(changes) },
      (reply) => (reply.status === 412 ? "mismatch" : absentOr(404, reply, shownOf)),
      (result) => ({ verb: "update", id, changes, ...condition, ...given(result) }),
    );
  }

  rotate(
    node: number,
    id: string,
  ): Promise<Answered<{ token: string; version: string } | "absent">> {
    return this.#links.ask(
      node,
      { method: "POST", path: `/a01/session/${id}/token` },
      (reply) => absentOr(404, reply, rotatedOf),
      (result) => ({ verb: "rotate", id, ...given(result) }),
    );
  }

  close(node: number, id: string): Promise<Answered<"closed" | "absent">> {
    return this.#links.ask(
      node,
      { method: "DELETE", path: `/a01/session/${id}` },
      (reply) => absentOr(404, reply, () => "closed" as const),
      (result) => ({ verb: "close", id, ...given(result) }),
    );
  }

  closeAll(node: number, user: string, except?: string): Promise<Answered<number>> {
    const keeping = except === undefined ? {} : { except };
    const query = new URLSearchParams({ user_id: user, ...keeping });
    return this.#links.ask(
      node,
      { method: "DELETE", path: `/a01/session?${query.toString()}` },
      (reply) => on(200, reply, ({ body }) => Number(parsed(body)["closed"])),
      (result) => ({ verb: "closeAll", user, ...keeping, ...given(result) }),
    );
  }

  list(node: number, user: string): Promise<Answered<readonly { id: string; device: string }[]>> {
    return this.#links.ask(
      node,
      { method: "GET", path: `/a01/session?user_id=${encodeURIComponent(user)}` },
      (reply) => on(200, reply, listOf),
      (result) => ({ verb: "list", user, ...given(result) }),
    );
  }
}

function given<T>(result: T | undefined): { result?: T } {
  return result === undefined ? {} : { result };
}

function on<T>(status: number, reply: HttpReply, read: (reply: HttpReply) => T): T | undefined {
  return reply.status === status ? read(reply) : undefined;
}

function absentOr<T>(absent: number, reply: HttpReply, read: (reply: HttpReply) => T) {
  return reply.status === absent ? ("absent" as const) : on(200, reply, read);
}

function parsed(body: string): Json {
  return JSON.parse(body) as Json;
}

function madeOf({ headers, body }: HttpReply): Made {
  const json = parsed(body);
  return {
    id: String(json["session_id"]),
    token: String(json["session_token"]),
    user: String(json["user_id"]),
    device: String(json["device_id"]),
    version: headers.get("etag") ?? "",
    expiresAt: Date.parse(String(json["expires_at"])) - performance.timeOrigin,
  };
}

function shownOf({ headers, body }: HttpReply): Shown {
  const json = parsed(body);
  const set = FIELDS.filter((field) => json[field] !== undefined);
  return {
    id: String(json["session_id"]),
    user: String(json["user_id"]),
    device: String(json["device_id"]),
    version: headers.get("etag") ?? "",
    fields: Object.fromEntries(set.map((field) => [field, String(json[field])])),
  };
}

function checkedOf({ headers }: HttpReply) {
  return {
    id: headers.get("x-session-id") ?? "",
    user: headers.get("x-session-user") ?? "",
    device: headers.get("x-session-device") ?? "",
  };
}

function rotatedOf({ headers, body }: HttpReply) {
  return { token: String(parsed(body)["session_token"]), version: headers.get("etag") ?? "" };
}

function listOf({ body }: HttpReply): readonly { id: string; device: string }[] {
  const sessions = parsed(body)["sessions"] as readonly Json[];
  return sessions.map((session) => ({
    id: String(session["session_id"]),
    device: String(session["device_id"]),
  }));
}
