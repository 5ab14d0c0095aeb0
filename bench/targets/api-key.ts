import { createHash, randomBytes } from "node:crypto";

const API_KEY = randomBytes(24).toString("base64url");

/** What a backend sends with every request. It may also read the metrics. */
export const AUTHORIZATION = `Bearer ${API_KEY}`;

/** SESSION_API_KEYS of the services that are measured. */
export const API_KEYS = `bench:read+write+tokens+admin:${createHash("sha256").update(API_KEY).digest("hex")}`;

/** On Redis too everything is sealed, as it should be in production. One key, so that processes can share sessions. */
export const ENCRYPTION_KEY = randomBytes(32).toString("base64url");
