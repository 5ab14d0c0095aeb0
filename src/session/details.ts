import { SessionError } from "./errors.ts";
import type { SessionManager } from "./manager.ts";
import type { SessionSummary } from "./session.ts";

/** A session of a list, with what its user may recognise it by. */
export interface SessionDetails extends SessionSummary {
  /** The browser's, as the backend saw them at login. Absent as well where they could not be read. */
  readonly userAgent?: string;
  readonly ipAddress?: string;
}

/** Each costs one read. Who has more sessions sees the older ones without details. */
const MOST_DETAILED = 200;

/**
 * As `manager.list`, with details. A session whose record cannot be read is listed without them, so that its user can
 * still close it. One that was closed meanwhile is left out. Throws SessionError when the store fails.
 */
export async function listWithDetails(
  manager: Pick<SessionManager, "list" | "get">,
  userId: string,
): Promise<readonly SessionDetails[]> {
  const listed = await manager.list(userId);
  const detailed = await Promise.all(
    listed.slice(0, MOST_DETAILED).map((summary) => withDetails(manager, summary)),
  );
  return [...detailed.filter((one) => one !== undefined), ...listed.slice(MOST_DETAILED)];
}

async function withDetails(
  manager: Pick<SessionManager, "get">,
  summary: SessionSummary,
): Promise<SessionDetails | undefined> {
  try {
    const session = await manager.get(summary.id, { use: false });
    return session && { ...summary, ...detailsOf(session) };
  } catch (error) {
    if (error instanceof SessionError && error.code === "record_unreadable") return summary;
    throw error;
  }
}

function detailsOf({ userAgent, ipAddress }: SessionDetails): Partial<SessionDetails> {
  return {
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(ipAddress === undefined ? {} : { ipAddress }),
  };
}
