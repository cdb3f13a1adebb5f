-- A correction is held against the person with whom other facilities have agreed, and staff
-- who compared by hand are asked again: each link keeps as whom its facility knew the person.

-- +goose Up

ALTER TABLE person_link ADD COLUMN verified_name       TEXT NOT NULL DEFAULT ''; -- empty, all four: not known
ALTER TABLE person_link ADD COLUMN verified_kana       TEXT NOT NULL DEFAULT '';
ALTER TABLE person_link ADD COLUMN verified_birth_date TEXT NOT NULL DEFAULT ''; -- YYYY-MM-DD
ALTER TABLE person_link ADD COLUMN verified_sex        TEXT NOT NULL DEFAULT '';

-- What a gateway verified was compared anew at every correction.
UPDATE person_link SET
    verified_name = (SELECT p.name FROM person p WHERE p.id = person_link.person_id),
    verified_kana = (SELECT p.kana FROM person p WHERE p.id = person_link.person_id),
    verified_birth_date = (SELECT p.birth_date FROM person p WHERE p.id = person_link.person_id),
    verified_sex = (SELECT p.sex FROM person p WHERE p.id = person_link.person_id)
WHERE ended_at IS NULL;

-- What was verified by hand was so when the link was made, and at corrections of the
-- facility's own.
CREATE TABLE link_compared (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
INSERT INTO link_compared (id, at)
SELECT k.id, COALESCE((SELECT MAX(f.changed_at) FROM person_former f JOIN user_account u ON u.id = f.changed_by
        WHERE f.person_id = k.person_id AND u.facility_id = k.facility_id AND f.changed_at > k.created_at), k.created_at)
FROM person_link k WHERE k.verified_by = 'staff' AND k.ended_at IS NULL;

UPDATE person_link SET
    verified_name = COALESCE((SELECT f.name FROM person_former f, link_compared c WHERE f.person_id = person_link.person_id AND c.id = person_link.id AND f.changed_at > c.at ORDER BY f.changed_at, f.id LIMIT 1), verified_name),
    verified_kana = COALESCE((SELECT f.kana FROM person_former f, link_compared c WHERE f.person_id = person_link.person_id AND c.id = person_link.id AND f.changed_at > c.at ORDER BY f.changed_at, f.id LIMIT 1), verified_kana),
    verified_birth_date = COALESCE((SELECT f.birth_date FROM person_former f, link_compared c WHERE f.person_id = person_link.person_id AND c.id = person_link.id AND f.changed_at > c.at ORDER BY f.changed_at, f.id LIMIT 1), verified_birth_date),
    verified_sex = COALESCE((SELECT f.sex FROM person_former f, link_compared c WHERE f.person_id = person_link.person_id AND c.id = person_link.id AND f.changed_at > c.at ORDER BY f.changed_at, f.id LIMIT 1), verified_sex)
WHERE verified_by = 'staff' AND ended_at IS NULL;

DROP TABLE link_compared;
