-- Jobs, what they drew, the messages that carry it, and the accounts of the fair queue.

CREATE TABLE jobs (
    id                TEXT PRIMARY KEY,
    state             TEXT NOT NULL
                      CHECK (state IN ('waiting', 'running', 'rendered', 'delivered', 'failed', 'cancelled')),
    user_id           INTEGER NOT NULL,
    request           TEXT NOT NULL,               -- JSON of bot.model.work.Request
    origin            TEXT NOT NULL,               -- JSON of bot.model.work.Origin
    tag               INTEGER NOT NULL,            -- hundredths of a virtual second
    cost              INTEGER NOT NULL,            -- hundredths of a second
    weight            REAL NOT NULL DEFAULT 1.0,
    created_at        REAL NOT NULL,               -- seconds since 1970, like all times here
    started_at        REAL,
    rendered_at       REAL,
    finished_at       REAL,
    attempts          INTEGER NOT NULL DEFAULT 0,
    backend           TEXT,
    cancel_requested  INTEGER NOT NULL DEFAULT 0,
    status_message_id INTEGER,
    failure           TEXT,                        -- JSON: {"code": …, "data": {…}}
    notices           TEXT NOT NULL DEFAULT '[]',  -- JSON array of bot.model.work.Notice
    seconds           REAL
);
CREATE INDEX jobs_by_state ON jobs (state, tag, id);
CREATE INDEX jobs_by_status_message ON jobs (id) WHERE status_message_id IS NOT NULL;

CREATE TABLE pictures (
    job_id   TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,                     -- Picture.index
    file     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    seed     TEXT NOT NULL,                        -- decimal: web UIs take seeds beyond 2^63 (NOTES 2.4)
    subseed  TEXT,
    prompt   TEXT NOT NULL,
    infotext TEXT NOT NULL,
    PRIMARY KEY (job_id, position)
) WITHOUT ROWID;

CREATE TABLE deliveries (
    id           TEXT PRIMARY KEY,
    job_id       TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    part         INTEGER NOT NULL,
    pictures     TEXT NOT NULL,                    -- JSON array of Picture.index
    attempted_at REAL,
    message_id   INTEGER,
    UNIQUE (job_id, part)
);

-- Start-time fair queueing: the finish tag of everyone who has one, and the virtual time.
CREATE TABLE finish_tags (
    user_id INTEGER PRIMARY KEY,
    tag     INTEGER NOT NULL
);
CREATE TABLE virtual_time (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    tag  INTEGER NOT NULL
);
INSERT INTO virtual_time (only, tag) VALUES (1, 0);
