-- Instants are epoch milliseconds. What encodeBody (store/record.ts) does not cover is in columns; everything but
-- user_id, last_used_at and deadline is bound to the body by its seal.
CREATE TABLE sessions (
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  version TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  idle_seconds INTEGER NOT NULL,
  -- session.ts deadlineOf, kept for the purge and for touch
  deadline INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_deadline ON sessions (deadline);

-- Answers to repeat for an Idempotency-Key (session/store.ts IdempotencyEntry).
CREATE TABLE answers (
  key BLOB NOT NULL PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  answer BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_expiry ON answers (expires_at);
