-- What a person used in a day is summed up at each of their requests, where there is a quota.

CREATE INDEX jobs_by_person ON jobs (user_id, created_at);
