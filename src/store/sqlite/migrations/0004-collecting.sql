-- When the purge is to look at the session: at its deadline (session.ts deadlineOf) or before. A use that moves the
-- deadline leaves it alone, and so the index on it, which would cost two more pages in random places. An older program
-- takes it for the deadline, so it must not open this database.
ALTER TABLE sessions RENAME COLUMN deadline TO collect_at;
