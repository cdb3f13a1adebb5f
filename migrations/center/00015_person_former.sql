-- Names change at a marriage, and clerks mistype: what a person's demographics were before
-- they were corrected stays.

-- +goose Up

CREATE TABLE person_former (
    id          TEXT NOT NULL PRIMARY KEY,
    person_id   TEXT NOT NULL REFERENCES person (id),
    name        TEXT NOT NULL,
    kana        TEXT NOT NULL,
    birth_date  TEXT NOT NULL,                 -- YYYY-MM-DD
    sex         TEXT NOT NULL,
    address     TEXT NOT NULL,
    changed_by  TEXT NOT NULL,
    changed_at  BIGINT NOT NULL,
    reason      TEXT NOT NULL                  -- as typed; it stands here and not in the log
);
CREATE INDEX person_former_person ON person_former (person_id, changed_at);
