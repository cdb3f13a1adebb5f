-- A terminal enrols with a code that says what it will be called, where it stands, and
-- which terminal it takes the place of.

-- +goose Up

ALTER TABLE enrollment_code ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE enrollment_code ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
