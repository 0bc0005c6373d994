-- A large batch is drawn in several requests: how many of its pictures are done.

ALTER TABLE jobs ADD COLUMN drawn INTEGER NOT NULL DEFAULT 0;
