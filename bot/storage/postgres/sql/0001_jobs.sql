-- Jobs, what they drew, the messages that carry it, the accounts of the fair queue, and what is remembered.
-- procrastinate's own tables stand beside these: it has the jobs that wait and run, by engine_id.

CREATE TABLE jobs (
    id                text COLLATE "C" PRIMARY KEY,
    revision          bigint NOT NULL,             -- of the line, when the job was changed last
    engine_id         bigint NOT NULL,             -- procrastinate_jobs.id, while it waits or runs
    worker            bigint,                      -- procrastinate_workers.id of the latest attempt
    state             text NOT NULL
                      CHECK (state IN ('waiting', 'running', 'rendered', 'delivered', 'failed', 'cancelled')),
    user_id           bigint NOT NULL,
    request           text NOT NULL,               -- JSON of bot.model.work.Request
    origin            text NOT NULL,               -- JSON of bot.model.work.Origin
    tag               bigint NOT NULL,             -- hundredths of a virtual second
    cost              bigint NOT NULL,             -- hundredths of a second
    weight            double precision NOT NULL,
    created_at        double precision NOT NULL,   -- seconds since 1970, like all times here
    started_at        double precision,
    rendered_at       double precision,
    finished_at       double precision,
    attempts          integer NOT NULL DEFAULT 0,
    backend           text,
    cancel_requested  boolean NOT NULL DEFAULT false,
    status_message_id bigint,
    failure           text,                        -- JSON: {"code": …, "data": {…}}
    notices           text NOT NULL DEFAULT '[]',  -- JSON array of bot.model.work.Notice
    setbacks          text NOT NULL DEFAULT '[]',  -- JSON array of bot.queue.job.Setback
    seconds           double precision,
    switch            double precision,
    drawn             integer NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_revision ON jobs (revision);
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_person ON jobs (user_id, created_at);
CREATE INDEX jobs_by_status_message ON jobs (id) WHERE status_message_id IS NOT NULL;

CREATE TABLE pictures (
    job_id   text COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position integer NOT NULL,                     -- Picture.index
    file     text NOT NULL,
    kind     text NOT NULL,
    width    integer NOT NULL,
    height   integer NOT NULL,
    size     bigint NOT NULL,
    seed     text NOT NULL,                        -- decimal: web UIs take seeds beyond 2^63 (NOTES 2.4)
    subseed  text,
    prompt   text NOT NULL,
    infotext text NOT NULL,
    PRIMARY KEY (job_id, position)
);

CREATE TABLE deliveries (
    id           text PRIMARY KEY,
    job_id       text COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    part         integer NOT NULL,
    pictures     text NOT NULL,                    -- JSON array of Picture.index
    attempted_at double precision,
    message_id   bigint,
    UNIQUE (job_id, part)
);

-- Start-time fair queueing: the virtual time, and the finish tag of everyone who has one. A tag of NULL was
-- forgotten; the row stays until the next reset, so that every process comes to know.
CREATE TABLE line (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    revision bigint NOT NULL,                      -- counts the changes, in the order of their commits
    virtual  bigint NOT NULL,                      -- hundredths of a virtual second
    reset_at bigint NOT NULL                       -- the revision at which all finish tags were forgotten
);
INSERT INTO line (revision, virtual, reset_at) VALUES (0, 0, 0);
CREATE TABLE finish_tags (
    user_id  bigint PRIMARY KEY,
    revision bigint NOT NULL,
    tag      bigint
);
CREATE INDEX finish_tags_by_revision ON finish_tags (revision);

CREATE TABLE facts (
    name  text PRIMARY KEY,
    value text NOT NULL                            -- JSON
);
