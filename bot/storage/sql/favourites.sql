-- name: claim_favourite
INSERT INTO favourites (job_id, picture, user_id, claimed_at) VALUES (:job_id, :picture, :user_id, :now)
ON CONFLICT (job_id, picture) DO UPDATE SET user_id = excluded.user_id, claimed_at = excluded.claimed_at
WHERE message_id IS NULL AND claimed_at < :lost_before;

-- name: set_favourite_posted
UPDATE favourites SET message_id = :message_id WHERE job_id = :job_id AND picture = :picture;

-- name: forget_favourite
DELETE FROM favourites WHERE job_id = :job_id AND picture = :picture AND message_id IS NULL;
