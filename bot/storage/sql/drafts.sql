-- name: draft
SELECT draft FROM drafts WHERE id = :id AND user_id = :user_id;

-- name: add_draft
INSERT INTO drafts (id, user_id, created_at, draft) VALUES (:id, :user_id, :created_at, :draft);

-- name: change_draft
UPDATE drafts SET draft = :draft WHERE id = :id AND user_id = :user_id;

-- name: forget_old_drafts
DELETE FROM drafts WHERE created_at < :before;

-- name: forget_surplus_drafts
DELETE FROM drafts WHERE user_id = :user_id AND id NOT IN
    (SELECT id FROM drafts WHERE user_id = :user_id ORDER BY id DESC LIMIT :keep);
