import type { Field, Fields, Made } from "./history.ts";
import type { KnownSession, KnownSessions } from "./known-sessions.ts";
import type { Operations } from "./operations.ts";
import { MARKER } from "./recorder.ts";
import { type Step, isCrowded } from "./schedule.ts";

export interface CallerParts {
  readonly operations: Operations;
  /** A second connection to each process, for what is asked at the same time. */
  readonly also: Operations;
  readonly known: KnownSessions;
  /** Tells this caller's values from all others'. */
  readonly name: string;
}

const SHORT_SECONDS = 2;

/** Does what its schedule says, one step after the other, with what all callers were told so far. */
export class Caller {
  readonly #parts: CallerParts;
  #values = 0;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  async run(steps: Iterable<Step>, isStopped: () => boolean): Promise<void> {
    for (const step of steps) {
      if (isStopped()) return;
      await this.#do(step);
    }
  }

  async #do(step: Step): Promise<void> {
    const { node } = step;
    const { operations, known } = this.#parts;
    const user = userName(this.#parts.name, step.user);
    if (step.verb === "create") return this.#create(user, step);
    if (step.verb === "list") return void (await operations.list(node, user));
    if (step.verb === "closeAll") {
      const kept = step.keeps === undefined ? undefined : known.pick(user, step.keeps)?.id;
      return void (await operations.closeAll(node, user, kept));
    }
    const session = known.pick(user, step.back);
    if (!session) return this.#create(user, { ...step, verb: "create", kind: "plain", device: 0 });
    if (step.verb === "get") return this.#get(node, session);
    if (step.verb === "check") return this.#check(node, session, step.withOldToken);
    if (step.verb === "update") return this.#update(session, step);
    if (step.verb === "rotate") return this.#rotate(node, session);
    await operations.close(node, session.id);
  }

  async #create(user: string, step: Step & { verb: "create" }): Promise<void> {
    const { operations } = this.#parts;
    const replaces = step.kind === "replacing";
    const device = replaces ? `shared-${step.device}` : this.#value("device");
    const plan = { user, device, fields: this.#fields(["access_token", "user_email"]), replaces };
    if (step.kind === "repeatable") return this.#createTwice(plan, step);
    const times = step.kind === "short" ? { lifetimeSeconds: SHORT_SECONDS } : {};
    const { result } = await operations.create(step.node, { ...plan, ...times });
    this.#remember(result);
  }

  /** The same under one key at two processes, one after the other or both at once; now and then with another body. */
  async #createTwice(
    plan: { user: string; device: string; fields: Fields },
    { node, otherNode, device }: Step & { verb: "create" },
  ): Promise<void> {
    const { operations, also } = this.#parts;
    const key = this.#value("key");
    const first = { ...plan, key };
    const isOther = device === 0;
    const second = isOther ? { ...first, fields: this.#fields(["access_token"]) } : first;
    const one = operations.create(node, first);
    if (isOther) await one;
    const [made] = await Promise.all([one, also.create(otherNode, second)]);
    this.#remember(made.result);
  }

  #remember(made: Made | "mismatch" | undefined): void {
    if (made === undefined || made === "mismatch") return;
    const { id, token, version, user } = made;
    this.#parts.known.add(user, { id, tokens: [token], version });
  }

  async #get(node: number, session: KnownSession): Promise<void> {
    const { result } = await this.#parts.operations.get(node, session.id);
    if (typeof result === "object") session.version = result.version;
  }

  async #check(node: number, { id, tokens }: KnownSession, withOldToken: boolean): Promise<void> {
    const token = withOldToken ? tokens[0] : tokens.at(-1);
    if (token !== undefined) await this.#parts.operations.check(node, id, token);
  }

  async #update(session: KnownSession, step: Step & { verb: "update" }): Promise<void> {
    const { operations } = this.#parts;
    const { node, condition, fields } = step;
    if (condition === "read") await this.#get(node, session);
    const version = condition === "none" ? undefined : session.version;
    const { result } = await operations.update(node, session.id, this.#fields(fields), version);
    // A "stale" condition keeps what it knew, to be refused for it.
    if (typeof result === "object" && condition !== "stale") session.version = result.version;
  }

  async #rotate(node: number, session: KnownSession): Promise<void> {
    const { result } = await this.#parts.operations.rotate(node, session.id);
    if (typeof result === "object") session.tokens.push(result.token);
  }

  #fields(names: readonly Field[]): Fields {
    return Object.fromEntries(names.map((name) => [name, this.#value(name)]));
  }

  #value(of: string): string {
    const value = `${MARKER}${this.#parts.name}.${this.#values++}`;
    return of === "user_email" ? `${value}@example.org` : `${value}.${of}`;
  }
}

/** All callers of a run have the run in common before the first dot of their names. */
export function userName(callerName: string, user: number): string {
  const [run = ""] = callerName.split(".");
  return `${run}-${isCrowded(user) ? "crowded" : "user"}-${user}`;
}
