-- name: insert_job
INSERT INTO jobs (id, revision, engine_id, state, user_id, request, origin, tag, cost, weight, created_at)
VALUES (%(id)s, %(revision)s, %(engine_id)s, %(state)s, %(user_id)s, %(request)s, %(origin)s, %(tag)s, %(cost)s,
    %(weight)s, %(created_at)s);

-- name: update_job
UPDATE jobs SET revision = %(revision)s, worker = %(worker)s, state = %(state)s, tag = %(tag)s,
    started_at = %(started_at)s, rendered_at = %(rendered_at)s, finished_at = %(finished_at)s,
    attempts = %(attempts)s, backend = %(backend)s, cancel_requested = %(cancel_requested)s,
    failure = %(failure)s, notices = %(notices)s, seconds = %(seconds)s, switch = %(switch)s,
    setbacks = %(setbacks)s, drawn = %(drawn)s
WHERE id = %(id)s;

-- name: update_tag
UPDATE jobs SET revision = %(revision)s, tag = %(tag)s WHERE id = %(id)s;

-- name: seconds_used
SELECT coalesce(sum(
    CASE
        WHEN state IN ('waiting', 'running') THEN greatest(cost / 100.0::double precision, coalesce(seconds, 0))
        WHEN state = 'failed' THEN 0
        ELSE coalesce(seconds, 0)
    END
), 0)::double precision AS seconds
FROM jobs
WHERE user_id = %(user_id)s AND created_at >= %(since)s;

-- name: set_status_message
UPDATE jobs SET revision = %(revision)s, status_message_id = %(message_id)s WHERE id = %(id)s;

-- name: job
SELECT * FROM jobs WHERE id = %(id)s;

-- name: jobs_in_state
SELECT * FROM jobs WHERE state = %(state)s ORDER BY tag, id;

-- name: jobs_with_status_message
SELECT * FROM jobs WHERE status_message_id IS NOT NULL ORDER BY id;

-- name: job_exists
SELECT 1 FROM jobs WHERE id = %(id)s;

-- name: insert_picture
INSERT INTO pictures (job_id, position, file, kind, width, height, size, seed, subseed, prompt, infotext)
VALUES (%(job_id)s, %(position)s, %(file)s, %(kind)s, %(width)s, %(height)s, %(size)s, %(seed)s, %(subseed)s,
    %(prompt)s, %(infotext)s);

-- name: pictures
SELECT * FROM pictures WHERE job_id = ANY (%(job_ids)s) ORDER BY job_id, position;

-- name: delete_pictures
DELETE FROM pictures WHERE job_id = %(job_id)s;

-- name: insert_delivery
INSERT INTO deliveries (id, job_id, part, pictures) VALUES (%(id)s, %(job_id)s, %(part)s, %(pictures)s);

-- name: deliveries
SELECT * FROM deliveries WHERE job_id = %(job_id)s ORDER BY part;

-- name: set_attempted
UPDATE deliveries SET attempted_at = %(at)s WHERE id = %(id)s;

-- name: set_posted
UPDATE deliveries SET message_id = %(message_id)s WHERE id = %(id)s AND message_id IS NULL;

-- name: fail_unreadable
UPDATE jobs SET state = 'failed', failure = %(failure)s, finished_at = %(at)s, revision = %(revision)s
WHERE id = %(id)s;
