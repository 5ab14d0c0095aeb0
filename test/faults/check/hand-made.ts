import type {
  Body,
  Entry,
  Fields,
  History,
  Incident,
  Outcome,
  Promises,
  Remains,
} from "../history.ts";
import { type Told, tell } from "./told.ts";

/** From when to when, and how it ended if not "ok". */
export type When = readonly [invoke: number, complete: number, outcome?: "fail" | "unknown"];

/** A session as it is made unless said otherwise: the names follow from its id. */
export function made(id: string, user = "ann", expiresAt = 1e9) {
  return { id, user, device: `device of ${id}`, token: `token of ${id}`, version: "1", expiresAt };
}

/** What a read of that session shows. */
export function shown(id: string, fields: Fields = {}, version = "1", user = "ann") {
  return { id, user, device: `device of ${id}`, version, fields };
}

type Given<V extends Body["verb"]> = Omit<Extract<Body, { readonly verb: V }>, "verb">;
type Partially<V extends Body["verb"]> = Partial<Given<V>>;

/** A history written by hand, an operation a line. Times are milliseconds; sessions are of "ann" unless said otherwise. */
export class HandMade {
  readonly #entries: Entry[] = [];
  readonly incidents: Incident[] = [];
  quietFrom = Infinity;
  remains: Remains | undefined;

  create(id: string, when: When, given: Partially<"create"> = {}): this {
    const user = given.user ?? "ann";
    const result = when[2] === undefined ? { result: made(id, user) } : {};
    const device = `device of ${id}`;
    return this.#add(when, {
      verb: "create",
      user,
      device,
      fields: {},
      replaces: false,
      ...result,
      ...given,
    });
  }

  get(id: string, when: When, result?: Given<"get">["result"]): this {
    return this.#add(when, { verb: "get", id, ...(result === undefined ? {} : { result }) });
  }

  check(id: string, when: When, token: string, isLive: boolean): this {
    const { user, device } = made(id);
    return this.#add(when, {
      verb: "check",
      id,
      token,
      result: isLive ? { id, user, device } : "absent",
    });
  }

  update(id: string, when: When, given: Partially<"update">): this {
    return this.#add(when, { verb: "update", id, changes: {}, ...given });
  }

  rotate(id: string, when: When, token: string, version: string): this {
    return this.#add(when, { verb: "rotate", id, result: { token, version } });
  }

  close(id: string, when: When, result: "closed" | "absent" = "closed"): this {
    return this.#add(when, { verb: "close", id, ...(when[2] === undefined ? { result } : {}) });
  }

  closeAll(when: When, given: Partially<"closeAll"> = {}): this {
    return this.#add(when, { verb: "closeAll", user: "ann", result: 0, ...given });
  }

  list(when: When, ...ids: readonly string[]): this {
    const result = ids.map((id) => ({ id, device: `device of ${id}` }));
    return this.#add(when, { verb: "list", user: "ann", result });
  }

  /** Arranged for the checks. */
  told(promises: Partial<Promises> = {}): Told {
    const { incidents, quietFrom, remains } = this;
    const history: History = {
      entries: this.#entries,
      incidents,
      quietFrom,
      oddities: [],
      ...(remains === undefined ? {} : { remains }),
    };
    return tell(history, {
      cap: 2,
      reads: "atomic",
      keepsWrites: true,
      clockMs: 5,
      leaseMs: 0,
      ...promises,
    });
  }

  #add([invoke, complete, failed]: When, body: Body): this {
    const outcome: Outcome = failed ?? "ok";
    this.#entries.push({ ...body, invoke, complete, outcome, node: 0, caller: 0 });
    return this;
  }
}
