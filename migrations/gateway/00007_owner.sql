-- Numbers are given to new patients. Who had a number before, and from when on somebody
-- else has it, is needed for documents that say nothing of whom they are: an old note under
-- a number is the former owner's.

-- +goose Up

-- Only of numbers that were another's, or may be. Rows stay when the patient is unlinked.
CREATE TABLE owner (
    patient_id  TEXT NOT NULL,
    since       TEXT NOT NULL,                 -- time stamp of an ADT-00; empty: before the others
    name        TEXT NOT NULL,                 -- all empty: nobody knows who, the file cannot be read
    kana        TEXT NOT NULL,
    birth_date  TEXT NOT NULL,                 -- YYYY-MM-DD
    sex         TEXT NOT NULL,
    PRIMARY KEY (patient_id, since)
);

-- What the last change of the row replaced, until it has been looked at: in the same
-- transaction. So the many whose demographics are as they were cost no statement more.
ALTER TABLE patient ADD COLUMN former TEXT NOT NULL DEFAULT '';
