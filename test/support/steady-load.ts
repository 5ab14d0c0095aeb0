import { RawClient, type RawRequest, type Seen, nothingSeen } from "./raw-client.ts";
import { until } from "./until.ts";

/**
 * Callers that live through sessions, one after the other, until they are stopped: create, get, update, get, close, get.
 * Half of them keep their connection, half take a new one for each request. Every answer is compared with the only one
 * there may be.
 */
export class SteadyLoad {
  readonly seen: Seen = nothingSeen();
  /** One line for each request without the answer it must have. */
  readonly failures: string[] = [];
  readonly #running: readonly Promise<void>[];
  #isStopped = false;
  #answers = 0;

  /** `ports`: of processes on one store. `name` begins the names of the callers' users. */
  constructor(ports: readonly number[], callers: number, name: string) {
    this.#running = Array.from({ length: callers }, (_, index) => {
      const client = new RawClient(ports, this.seen, { keepsAlive: index % 2 === 0 });
      return this.#run(client, `${name}-${index}`).finally(() => client.close());
    });
  }

  get answers(): number {
    return this.#answers;
  }

  /** Waits for so many answers more. */
  async goesOn(answers: number): Promise<void> {
    const enough = this.#answers + answers;
    await until(() => this.#answers >= enough, { what: `${answers} answers`, withinMs: 30_000 });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #run(client: RawClient, user: string): Promise<void> {
    for (let round = 0; !this.#isStopped; round += 1) await this.#liveThrough(client, user, round);
  }

  async #liveThrough(client: RawClient, user: string, round: number): Promise<void> {
    const token = `${user}-${round}`;
    const ask = async (method: string, path: string, status: number, body?: unknown) =>
      await this.#expect(client, { method, path: `/a01${path}`, body }, status);
    const created = await ask("POST", "/session", 201, { user_id: user, access_token: token });
    if (created === undefined) return;
    const { session_id: id } = JSON.parse(created) as { session_id: string };
    await ask("GET", `/session/${id}`, 200);
    await ask("PATCH", `/session/${id}`, 200, { access_token: `${token}-updated` });
    const read = await ask("GET", `/session/${id}`, 200);
    if (read !== undefined && !read.includes(`"${token}-updated"`))
      this.failures.push(`an acknowledged update of ${token} was not read`);
    // Nothing that was tried again was done twice: there is this session, and no other.
    const list = await ask("GET", `/session?user_id=${encodeURIComponent(user)}`, 200);
    if (list !== undefined && list.split('"session_id"').length !== 2)
      this.failures.push(`${user} has other sessions than the one: ${list}`);
    await ask("DELETE", `/session/${id}`, 200);
    await ask("GET", `/session/${id}`, 404);
  }

  async #expect(
    client: RawClient,
    request: RawRequest,
    status: number,
  ): Promise<string | undefined> {
    const answer = await client.send(request);
    this.#answers += 1;
    if (answer?.status === status) return answer.body;
    const got = answer === undefined ? "no answer" : `${answer.status} ${answer.body}`;
    this.failures.push(`${request.method} ${request.path}: ${got}`);
    return undefined;
  }
}
