-- A person's jobs are paged through, the newest first.

CREATE INDEX jobs_by_history ON jobs (user_id, id);
