-- What Easel remembers between starts: small values by name.

CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL                            -- JSON
) WITHOUT ROWID;
