-- What several back ends make of a job: the attempts that failed, and the model that had to be loaded.

ALTER TABLE jobs ADD COLUMN setbacks TEXT NOT NULL DEFAULT '[]';  -- JSON array of bot.queue.job.Setback
ALTER TABLE jobs ADD COLUMN switch   REAL;                        -- seconds
