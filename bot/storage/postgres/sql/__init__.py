"""The SQL of PostgreSQL, in the same form as that of SQLite."""
