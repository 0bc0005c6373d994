-- Which processes are alive, what each has to itself, and what each says of the web UIs that it works.

CREATE TABLE processes (
    id      text PRIMARY KEY,
    beat_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE leases (
    name    text PRIMARY KEY,
    process text NOT NULL REFERENCES processes (id) ON DELETE CASCADE
);
CREATE INDEX leases_by_process ON leases (process);

CREATE TABLE webuis (
    key       text PRIMARY KEY,                        -- hash of the address
    number    integer NOT NULL UNIQUE,                 -- webui-1, webui-2, …
    process   text REFERENCES processes (id) ON DELETE SET NULL,
    status    text NOT NULL DEFAULT '',                -- JSON of bot.backends.remote
    knowledge text NOT NULL DEFAULT '',                -- JSON of the same
    version   text NOT NULL DEFAULT '',                -- of the knowledge
    told_at   timestamptz NOT NULL DEFAULT now()
);
