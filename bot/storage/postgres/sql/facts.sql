-- name: fact
SELECT value FROM facts WHERE name = %(name)s;

-- name: facts_under
SELECT name, value FROM facts WHERE starts_with(name, %(prefix)s);

-- name: set_fact
INSERT INTO facts (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: forget_fact
DELETE FROM facts WHERE name = %(name)s;

-- name: several_facts
SELECT name, value FROM facts WHERE name = ANY (%(names)s);
