-- name: claim_favourite
INSERT INTO favourites (job_id, picture, user_id, claimed_at)
VALUES (%(job_id)s, %(picture)s, %(user_id)s, %(now)s)
ON CONFLICT (job_id, picture) DO UPDATE SET user_id = excluded.user_id, claimed_at = excluded.claimed_at
WHERE favourites.message_id IS NULL AND favourites.claimed_at < %(lost_before)s
RETURNING job_id;

-- name: set_favourite_posted
UPDATE favourites SET message_id = %(message_id)s WHERE job_id = %(job_id)s AND picture = %(picture)s;

-- name: forget_favourite
DELETE FROM favourites WHERE job_id = %(job_id)s AND picture = %(picture)s AND message_id IS NULL;
