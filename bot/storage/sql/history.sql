-- name: page
SELECT * FROM jobs
WHERE user_id = :user_id AND id < :before AND state IN ('rendered', 'delivered', 'failed', 'cancelled')
    AND EXISTS (SELECT 1 FROM pictures WHERE job_id = jobs.id)
ORDER BY id DESC LIMIT :limit;

-- name: everything
SELECT * FROM jobs WHERE user_id = :user_id AND id < :before ORDER BY id DESC LIMIT :limit;

-- name: of_person
SELECT id, request, created_at FROM jobs
WHERE user_id = :value AND state IN ('delivered', 'failed', 'cancelled');

-- name: of_age
SELECT id, request, created_at FROM jobs
WHERE created_at < :value AND state IN ('delivered', 'failed', 'cancelled')
ORDER BY id LIMIT 500;

-- name: files
SELECT file FROM pictures WHERE job_id = :id;

-- name: delete_job
DELETE FROM jobs WHERE id = :id;

-- name: blank_job
UPDATE jobs SET request = :request, notices = '[]', setbacks = '[]', status_message_id = NULL,
    failure = CASE WHEN failure IS NULL THEN NULL ELSE '{"code": "gone", "data": {}}' END
WHERE id = :id;

-- name: delete_drafts
DELETE FROM drafts WHERE user_id = :user_id;

-- name: delete_pictures
DELETE FROM pictures WHERE job_id = :id;

-- name: uses_input
SELECT 1 FROM jobs WHERE instr(request, :input) > 0 LIMIT 1;
