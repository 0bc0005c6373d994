-- name: page
SELECT * FROM jobs
WHERE user_id = %(user_id)s AND id < %(before)s AND state IN ('rendered', 'delivered', 'failed', 'cancelled')
    AND EXISTS (SELECT 1 FROM pictures WHERE job_id = jobs.id)
ORDER BY id DESC LIMIT %(limit)s;

-- name: everything
SELECT * FROM jobs WHERE user_id = %(user_id)s AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s;

-- name: of_person
SELECT id, request, created_at FROM jobs
WHERE user_id = %(value)s AND state IN ('delivered', 'failed', 'cancelled');

-- name: of_age
SELECT id, request, created_at FROM jobs
WHERE created_at < %(value)s AND state IN ('delivered', 'failed', 'cancelled')
ORDER BY id LIMIT 500;

-- name: files
SELECT file FROM pictures WHERE job_id = ANY (%(ids)s) ORDER BY job_id, position;

-- name: delete_jobs
DELETE FROM jobs WHERE id = ANY (%(ids)s);

-- name: blank_jobs
UPDATE jobs SET request = %(request)s, notices = '[]', setbacks = '[]', status_message_id = NULL,
    failure = CASE WHEN failure IS NULL THEN NULL ELSE '{"code": "gone", "data": {}}' END
WHERE id = ANY (%(ids)s);

-- name: delete_drafts
DELETE FROM drafts WHERE user_id = %(user_id)s;

-- name: delete_pictures
DELETE FROM pictures WHERE job_id = ANY (%(ids)s);

-- name: uses_input
SELECT 1 FROM jobs WHERE position(%(input)s IN request) > 0 LIMIT 1;

-- name: scrub
VACUUM jobs, pictures, drafts;
