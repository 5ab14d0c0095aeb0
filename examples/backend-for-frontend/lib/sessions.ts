import { SessionClient } from "session-manager-client";
import { nextSessions } from "session-manager-client/next";
import { SETTINGS } from "./settings.ts";

const client = new SessionClient({
  baseUrl: SETTINGS.sessionUrl,
  apiKey: SETTINGS.sessionApiKey,
});

/** Used by every route. */
export const sessions = nextSessions({ client, publicOrigin: SETTINGS.origin });
