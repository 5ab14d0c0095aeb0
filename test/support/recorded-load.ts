import type { Api, ApiAnswer } from "./api.ts";
import { until } from "./until.ts";

/** What the service has answered about one session, and what it was asked last without an answer. */
interface KnownSession {
  readonly id: string;
  /** The access token of the last answered create or update. */
  answered: string;
  /** An update to this token was sent, and how it ended is not known. */
  unanswered?: string;
  close: "not_asked" | "unanswered" | "answered";
}

/**
 * Callers that create, update and close sessions until something fails, and remember what they were answered. Each
 * session has one caller, so what must be stored is known: what was answered last, or what was asked after that.
 */
export class RecordedLoad {
  readonly #sessions: KnownSession[] = [];
  readonly #running: Promise<void>[] = [];
  #isStopped = false;
  #answers = 0;
  #callers = 0;

  /** How many changes were answered so far. */
  get answers(): number {
    return this.#answers;
  }

  /** Starts `callers` callers. Each ends with its first change that is not answered well, or with `stop`. */
  start(api: Api, callers: number): void {
    for (let caller = 0; caller < callers; caller += 1) {
      this.#callers += 1;
      this.#running.push(this.#run(api, `caller-${this.#callers}`));
    }
  }

  /** Waits until every caller has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.ended();
  }

  /** One line for each session that is not as it was answered. */
  async deviations(api: Api): Promise<readonly string[]> {
    const found: string[] = [];
    const left = [...this.#sessions];
    const check = async () => {
      for (let session = left.pop(); session; session = left.pop()) {
        const { status, body } = await settledAnswer(api, session.id);
        const token = status === 200 ? String(body["access_token"]) : undefined;
        if (!isAllowed(session, status, token))
          found.push(`${JSON.stringify(session)} is answered ${status} ${token ?? ""}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, check));
    return found;
  }

  async #run(api: Api, caller: string): Promise<void> {
    for (let round = 0; !this.#isStopped; round += 1) {
      // New users again and again, so that no session is closed by the cap.
      const userId = `${caller}-${Math.floor(round / 50)}`;
      const token = `${caller}-${round}`;
      const created = await answered(api.create(userId, { access_token: token }));
      if (created?.status !== 201) return;
      this.#answers += 1;
      const id = String(created.body["session_id"]);
      const session: KnownSession = { id, answered: token, close: "not_asked" };
      this.#sessions.push(session);
      if (!(await this.#update(api, session, `${token}-updated`))) return;
      if (round % 2 === 0 && !(await this.#close(api, session))) return;
    }
  }

  async #update(api: Api, session: KnownSession, token: string): Promise<boolean> {
    session.unanswered = token;
    const answer = await answered(api.update(session.id, { access_token: token }));
    if (answer?.status !== 200) return false;
    session.answered = token;
    delete session.unanswered;
    this.#answers += 1;
    return true;
  }

  async #close(api: Api, session: KnownSession): Promise<boolean> {
    session.close = "unanswered";
    const answer = await answered(api.close(session.id));
    if (answer?.status !== 200) return false;
    session.close = "answered";
    this.#answers += 1;
    return true;
  }
}

/** A close whose outcome is not known yet is answered 503, until it was tried again. */
async function settledAnswer(api: Api, id: string): Promise<ApiAnswer> {
  let answer = await api.get(id);
  const isSettled = async () => {
    answer = await api.get(id);
    return answer.status !== 503;
  };
  if (answer.status === 503)
    await until(isSettled, { what: `${id} is closed or not`, withinMs: 15_000, everyMs: 100 });
  return answer;
}

/** Undefined when the connection failed. */
async function answered(call: Promise<ApiAnswer>): Promise<ApiAnswer | undefined> {
  try {
    return await call;
  } catch {
    return undefined;
  }
}

function isAllowed(session: KnownSession, status: number, token: string | undefined): boolean {
  if (session.close === "answered") return status === 404;
  if (status === 404) return session.close === "unanswered";
  return status === 200 && (token === session.answered || token === session.unanswered);
}
