-- What is odd about files that are read and disclosed all the same. On which documents
-- there are remarks, and which, stands in their record; here is how many there are, so
-- that counting needs no record, and what was remarked on demographics.

-- +goose Up

-- On the current ADT-00 of any patient.
CREATE TABLE demographics_remark (
    patient_id  TEXT NOT NULL PRIMARY KEY,
    root        TEXT NOT NULL,
    path        TEXT NOT NULL,                 -- below the root
    kinds       TEXT NOT NULL,                 -- of the remarks, a space before and behind each
    remarks     TEXT NOT NULL,                 -- index.Remarks
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL
);
CREATE INDEX demographics_remark_kinds ON demographics_remark (kinds);

-- 1: there is a row of the patient's in demographics_remark.
ALTER TABLE patient ADD COLUMN remarked BIGINT NOT NULL DEFAULT 0;

-- How many documents of a linked patient have remarks.
CREATE TABLE record_remark (
    patient_id  TEXT NOT NULL,
    root        TEXT NOT NULL,
    kind        TEXT NOT NULL,                 -- clinical.RemarkKind; empty: of whatever kind
    files       BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,               -- when that root was last read for the patient
    PRIMARY KEY (patient_id, root, kind)
);
CREATE INDEX record_remark_kind ON record_remark (kind, patient_id, root);
