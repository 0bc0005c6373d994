-- name: line
SELECT revision, virtual, reset_at FROM line;

-- name: set_line
UPDATE line SET revision = %(revision)s, virtual = %(virtual)s;

-- name: reset
WITH gone AS (DELETE FROM finish_tags)
UPDATE line SET reset_at = %(revision)s;

-- name: live_jobs
SELECT * FROM jobs WHERE state = %(state)s AND id > %(after)s ORDER BY id LIMIT %(most)s;

-- name: changed_jobs
SELECT * FROM jobs WHERE revision > %(revision)s;

-- name: changed_finish_tags
SELECT user_id, tag FROM finish_tags WHERE revision > %(revision)s;

-- name: set_finish_tag
INSERT INTO finish_tags (user_id, revision, tag) VALUES (%(user_id)s, %(revision)s, %(tag)s)
ON CONFLICT (user_id) DO UPDATE SET tag = excluded.tag, revision = excluded.revision;

-- name: forget_finish_tag
UPDATE finish_tags SET tag = NULL, revision = %(revision)s WHERE user_id = %(user_id)s;

-- name: jobs_of_the_dead
SELECT id, worker FROM jobs WHERE engine_id = ANY (%(engine_ids)s) AND state = 'running'
AND NOT EXISTS (SELECT FROM procrastinate_workers WHERE procrastinate_workers.id = jobs.worker)
ORDER BY tag, id;

-- name: worker_is_known
SELECT 1 FROM procrastinate_workers WHERE id = %(worker)s;

-- name: server_is_settled
SELECT clock_timestamp() - pg_postmaster_start_time() > %(seconds)s * interval '1 second' AS settled;

-- name: to_the_front
UPDATE procrastinate_jobs SET priority = 2147483647 WHERE id = %(engine_id)s AND status = 'todo'
RETURNING queue_name;

-- name: set_priority
UPDATE procrastinate_jobs SET priority = %(priority)s WHERE id = %(engine_id)s;

-- name: forget_in_engine
DELETE FROM procrastinate_jobs WHERE id = %(engine_id)s;
