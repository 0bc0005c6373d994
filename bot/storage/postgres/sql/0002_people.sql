-- Edit panels that stand open in Discord, the pictures that were put into a gallery, and what people look
-- through of their own.

CREATE TABLE drafts (
    id         text COLLATE "C" PRIMARY KEY,       -- like a job's id, so later ones sort after earlier ones
    user_id    bigint NOT NULL,
    created_at double precision NOT NULL,
    draft      text NOT NULL                       -- JSON of bot.model.draft.Draft
);
CREATE INDEX drafts_by_person ON drafts (user_id, id);
CREATE INDEX drafts_by_age ON drafts (created_at);

CREATE TABLE favourites (
    job_id     text COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    picture    integer NOT NULL,                   -- Picture.index
    user_id    bigint NOT NULL,                    -- who put it there
    claimed_at double precision NOT NULL,
    message_id bigint,                             -- NULL = the post is under way, or was lost
    PRIMARY KEY (job_id, picture)
);

CREATE INDEX jobs_by_history ON jobs (user_id, id);
