import { ListAnswer } from "../../src/wire/session-answers.ts";
import type { ServedApp } from "./serve-app.ts";

/** The ids that GET /session lists for the user, sorted. */
export async function listedIds(app: ServedApp, userId: string): Promise<readonly string[]> {
  const answer = await app.send("GET", `/a01/session?user_id=${encodeURIComponent(userId)}`);
  return ListAnswer.parse(answer.json)
    .sessions.map(({ session_id }) => session_id)
    .toSorted();
}
