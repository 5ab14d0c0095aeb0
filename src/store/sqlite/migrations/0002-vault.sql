-- A session whose tokens cannot be refreshed any more; bound to the body by its seal.
ALTER TABLE sessions ADD COLUMN needs_login INTEGER NOT NULL DEFAULT 0;
-- Whether the refresh token is revoked when the session is closed (session.ts isRevocable); bound to the body too.
ALTER TABLE sessions ADD COLUMN is_revocable INTEGER NOT NULL DEFAULT 0;

-- Closed sessions whose refresh token is still to be revoked at the auth server, as they were in sessions.
CREATE TABLE revocations (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  version TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  idle_seconds INTEGER NOT NULL,
  needs_login INTEGER NOT NULL,
  body BLOB NOT NULL,
  ended_at INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL
) STRICT;

CREATE INDEX revocations_by_next_try ON revocations (next_try_at);
