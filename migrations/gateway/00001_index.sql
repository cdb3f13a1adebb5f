-- The gateway's index: who is a patient, who is linked, what exists for the linked,
-- what could not be read, what is released and what was disclosed. Content is not
-- here: it is read from the hospital's storage at each disclosure.
--
-- The same subset of SQL as the center's; a gateway runs on SQLite.

-- +goose Up

-- Facts about this index: its epoch, the secret behind item ids, the last number of the
-- change log, and which volumes of the storage have ever held patients.
CREATE TABLE setting (
    name   TEXT NOT NULL PRIMARY KEY,
    value  TEXT NOT NULL
);

-- Demographics of all patients, from the current ADT-00.
CREATE TABLE patient (
    patient_id  TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    kana        TEXT NOT NULL,
    kana_key    TEXT NOT NULL,                 -- kana.Key
    birth_date  TEXT NOT NULL,                 -- YYYY-MM-DD
    sex         TEXT NOT NULL,
    updated     TEXT NOT NULL                  -- time stamp of the file
);
CREATE INDEX patient_match ON patient (birth_date, kana_key);

-- Linked patients with the claim that was verified.
CREATE TABLE linked (
    patient_id   TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    kana         TEXT NOT NULL,
    birth_date   TEXT NOT NULL,
    sex          TEXT NOT NULL,
    linked_at    BIGINT NOT NULL,
    differs      TEXT NOT NULL DEFAULT '',     -- in which fields the record disagrees now: suspended
    read_at      BIGINT                        -- when its files were last read through
);

-- Current documents of linked patients.
CREATE TABLE item (
    item_id     TEXT NOT NULL PRIMARY KEY,
    patient_id  TEXT NOT NULL,
    root        TEXT NOT NULL,                 -- as configured
    path        TEXT NOT NULL,                 -- below the root
    size        BIGINT NOT NULL,
    mtime       BIGINT NOT NULL,               -- nanoseconds, as the file system has it
    meta        TEXT NOT NULL,                 -- wire.Item as JSON
    kind        TEXT NOT NULL,
    care_date   TEXT NOT NULL
);
CREATE INDEX item_patient ON item (patient_id, care_date);

CREATE TABLE change_log (
    seq         BIGINT NOT NULL PRIMARY KEY,
    patient_id  TEXT NOT NULL,
    item_id     TEXT NOT NULL DEFAULT '',      -- only the latest change of an item is kept
    op          TEXT NOT NULL,                 -- wire.ChangeOp
    body        TEXT NOT NULL                  -- wire.Change as JSON
);
CREATE INDEX change_log_item ON change_log (item_id);
CREATE INDEX change_log_patient ON change_log (patient_id);

CREATE TABLE unreadable (
    root        TEXT NOT NULL,
    path        TEXT NOT NULL,                 -- below the root
    patient_id  TEXT NOT NULL,                 -- of the folder; empty above the patients' folders
    reason      TEXT NOT NULL,                 -- index.Reason: a key with texts
    detail      TEXT NOT NULL,                 -- place and cause in English, no values
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    PRIMARY KEY (root, path)
);
CREATE INDEX unreadable_patient ON unreadable (patient_id);

CREATE TABLE release_matrix (
    version     BIGINT NOT NULL PRIMARY KEY,   -- the greatest is in force
    matrix      TEXT NOT NULL,
    changed_by  TEXT NOT NULL,
    changed_at  BIGINT NOT NULL
);

CREATE TABLE release_pending (
    id           TEXT NOT NULL PRIMARY KEY,
    change       TEXT NOT NULL,                -- access.Change as JSON
    kind         TEXT NOT NULL,
    audience     TEXT NOT NULL,
    proposed_by  TEXT NOT NULL,
    proposed_at  BIGINT NOT NULL,
    decision     TEXT NOT NULL DEFAULT '',     -- approved rejected replaced
    decided_by   TEXT NOT NULL DEFAULT '',
    decided_at   BIGINT
);

-- The hospital's own trail of disclosures: a row before the first byte, one after the last.
CREATE TABLE trail (
    id           TEXT NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL,
    decision_id  TEXT NOT NULL,
    outcome      TEXT NOT NULL,                -- allowed denied done failed
    viewer       TEXT NOT NULL,                -- access.Viewer as JSON
    patient_id   TEXT NOT NULL,
    detail       TEXT NOT NULL                 -- JSON: kinds, policies, missing facts, counts
);
CREATE INDEX trail_at ON trail (at);
