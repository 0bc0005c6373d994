-- name: insert_job
INSERT INTO jobs (id, state, user_id, request, origin, tag, cost, weight, created_at)
VALUES (:id, :state, :user_id, :request, :origin, :tag, :cost, :weight, :created_at);

-- name: update_job
UPDATE jobs SET state = :state, tag = :tag, started_at = :started_at, rendered_at = :rendered_at,
    finished_at = :finished_at, attempts = :attempts, backend = :backend, cancel_requested = :cancel_requested,
    failure = :failure, notices = :notices, seconds = :seconds, switch = :switch,
    setbacks = :setbacks, drawn = :drawn
WHERE id = :id;

-- name: update_tag
UPDATE jobs SET tag = :tag WHERE id = :id;

-- name: seconds_used
SELECT COALESCE(SUM(
    CASE
        WHEN state IN ('waiting', 'running') THEN MAX(cost / 100.0, COALESCE(seconds, 0.0))
        WHEN state = 'failed' THEN 0.0
        ELSE COALESCE(seconds, 0.0)
    END
), 0.0)
FROM jobs
WHERE user_id = :user_id AND created_at >= :since;

-- name: set_status_message
UPDATE jobs SET status_message_id = :message_id WHERE id = :id;

-- name: job
SELECT * FROM jobs WHERE id = :id;

-- name: jobs_in_state
SELECT * FROM jobs WHERE state = :state ORDER BY tag, id;

-- name: jobs_with_status_message
SELECT * FROM jobs WHERE status_message_id IS NOT NULL ORDER BY id;

-- name: job_exists
SELECT 1 FROM jobs WHERE id = :id;

-- name: insert_picture
INSERT INTO pictures (job_id, position, file, kind, width, height, size, seed, subseed, prompt, infotext)
VALUES (:job_id, :position, :file, :kind, :width, :height, :size, :seed, :subseed, :prompt, :infotext);

-- name: pictures
SELECT * FROM pictures WHERE job_id = :job_id ORDER BY position;

-- name: delete_pictures
DELETE FROM pictures WHERE job_id = :job_id;

-- name: insert_delivery
INSERT INTO deliveries (id, job_id, part, pictures) VALUES (:id, :job_id, :part, :pictures);

-- name: deliveries
SELECT * FROM deliveries WHERE job_id = :job_id ORDER BY part;

-- name: set_attempted
UPDATE deliveries SET attempted_at = :at WHERE id = :id;

-- name: set_posted
UPDATE deliveries SET message_id = :message_id WHERE id = :id AND message_id IS NULL;

-- name: set_finish_tag
INSERT INTO finish_tags (user_id, tag) VALUES (:user_id, :tag)
ON CONFLICT (user_id) DO UPDATE SET tag = excluded.tag;

-- name: forget_finish_tag
DELETE FROM finish_tags WHERE user_id = :user_id;

-- name: forget_finish_tags
DELETE FROM finish_tags;

-- name: finish_tags
SELECT user_id, tag FROM finish_tags;

-- name: set_virtual_time
UPDATE virtual_time SET tag = :tag WHERE only = 1 AND tag <> :tag;

-- name: virtual_time
SELECT tag FROM virtual_time WHERE only = 1;

-- name: fail_unreadable
UPDATE jobs SET state = 'failed', failure = :failure, finished_at = :at WHERE id = :id;
