import { Api } from "./api.ts";
import type { Program } from "./program.ts";
import { size } from "./size.ts";

export interface HuntPlan {
  readonly programs: readonly Program[];
  /** How many reads that began after a change was answered are judged. */
  readonly reads: number;
  /** Updates as well as closes. A failover may lose an update that was answered, never a close. */
  readonly updates: boolean;
}

export interface HuntResult {
  /** Reads that were answered, sent after a change was answered. */
  readonly reads: number;
  readonly changes: number;
  /** Answered with what was before the change. */
  readonly stale: readonly string[];
}

interface Prey {
  readonly id: string;
  readonly token: string;
}

const HUNTERS = 12;
const READS_EACH = size(60, 300);

/**
 * Callers that change sessions through one program and, once that is answered, ask all others for them: by id and by
 * check, at once and a little later, until so many reads were judged.
 */
export async function huntStale(plan: HuntPlan): Promise<HuntResult> {
  const result = { reads: 0, changes: 0, stale: [] as string[] };
  const hunters = Array.from({ length: HUNTERS }, async (_, hunter) => {
    for (let round = 0; result.reads < plan.reads; round++)
      await once(plan, result, hunter + round).catch(() => Bun.sleep(20));
  });
  await Promise.all(hunters);
  return result;
}

async function once(
  { programs, updates }: HuntPlan,
  result: { reads: number; changes: number; stale: string[] },
  turn: number,
): Promise<void> {
  const apis = programs.map(({ url }) => new Api(url));
  const [changing, ...others] = rotated(apis, turn);
  if (changing === undefined) return;
  const { body } = await changing.create(`user${turn % 500}`, { access_token: "old" });
  const prey = { id: String(body["session_id"]), token: String(body["session_token"]) };
  await Promise.all([...apis, ...apis].map((api) => api.get(prey.id)));
  const isUpdate = updates && turn % 4 === 0;
  const change = isUpdate
    ? changing.update(prey.id, { access_token: "new" })
    : changing.close(prey.id);
  if ((await change).status !== 200) return;
  result.changes += 1;
  const judge = async (api: Api, n: number): Promise<void> => {
    if (n % 3 === 2) await Bun.sleep(n * 2);
    const seen = await look(api, prey, isUpdate ? 0 : n);
    if (seen === undefined) return;
    result.reads += 1;
    const wanted = isUpdate ? "new" : "gone";
    if (seen !== wanted) result.stale.push(`${prey.id}: ${seen} after it was ${wanted}`);
  };
  const asked = Array.from({ length: Math.ceil(READS_EACH / others.length) }, () => others).flat();
  await Promise.all(asked.map((api, n) => judge(api, n)));
}

/** What the answer shows; undefined when there was none, or 503. */
async function look(api: Api, { id, token }: Prey, n: number): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = n % 2 === 0 ? api.get(id) : api.call("GET", "/check", { headers });
  const { status, body } = await answer.catch(() => ({ status: 503, body: {} as never }));
  if (status === 503) return undefined;
  if (status === 404 || status === 401) return "gone";
  if (status !== 200) return `status ${status}`;
  return body["access_token"] === "new" ? "new" : "live";
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
