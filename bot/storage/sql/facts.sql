-- name: fact
SELECT value FROM facts WHERE name = :name;

-- name: several_facts
SELECT name, value FROM facts WHERE name IN (SELECT value FROM json_each(:names));

-- name: facts_under
SELECT name, value FROM facts WHERE substr(name, 1, length(:prefix)) = :prefix;

-- name: set_fact
INSERT INTO facts (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: forget_fact
DELETE FROM facts WHERE name = :name;
