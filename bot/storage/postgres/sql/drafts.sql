-- name: draft
SELECT draft FROM drafts WHERE id = %(id)s AND user_id = %(user_id)s;

-- name: add_draft
INSERT INTO drafts (id, user_id, created_at, draft) VALUES (%(id)s, %(user_id)s, %(created_at)s, %(draft)s)
ON CONFLICT (id) DO NOTHING;

-- name: change_draft
UPDATE drafts SET draft = %(draft)s WHERE id = %(id)s AND user_id = %(user_id)s;

-- name: forget_old_drafts
DELETE FROM drafts WHERE created_at < %(before)s;

-- name: forget_surplus_drafts
DELETE FROM drafts WHERE user_id = %(user_id)s AND id NOT IN
    (SELECT id FROM drafts WHERE user_id = %(user_id)s ORDER BY id DESC LIMIT %(keep)s);
