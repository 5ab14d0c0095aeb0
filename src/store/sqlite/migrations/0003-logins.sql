-- Users whose sessions an auth server may ask to be closed, by the hash of its name for their login or for them.
CREATE TABLE logout_users (
  subject BLOB NOT NULL,
  user_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (subject, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX logout_users_by_expiry ON logout_users (expires_at);

-- The latest logout of such a name.
CREATE TABLE logouts (
  subject BLOB PRIMARY KEY,
  mark TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX logouts_by_expiry ON logouts (expires_at);

-- Hashes of what is good once: identifiers of logout tokens, codes of auth servers.
CREATE TABLE claims (
  name BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_by_expiry ON claims (expires_at);
