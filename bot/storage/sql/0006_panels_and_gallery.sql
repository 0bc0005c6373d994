-- Edit panels that stand open in Discord, and the pictures that were put into a gallery.

CREATE TABLE drafts (
    id         TEXT PRIMARY KEY,                   -- like a job's id, so later ones sort after earlier ones
    user_id    INTEGER NOT NULL,
    created_at REAL NOT NULL,
    draft      TEXT NOT NULL                       -- JSON of bot.model.draft.Draft
);
CREATE INDEX drafts_by_person ON drafts (user_id, id);
CREATE INDEX drafts_by_age ON drafts (created_at);

CREATE TABLE favourites (
    job_id     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    picture    INTEGER NOT NULL,                   -- Picture.index
    user_id    INTEGER NOT NULL,                   -- who put it there
    claimed_at REAL NOT NULL,
    message_id INTEGER,                            -- NULL = the post is under way, or was lost
    PRIMARY KEY (job_id, picture)
);
