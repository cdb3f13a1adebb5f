-- "Two documents cannot be read" does not say what a reader may be missing: a note or a
-- list of allergies.

-- +goose Up

ALTER TABLE source_state ADD COLUMN unreadable_of TEXT NOT NULL DEFAULT ''; -- JSON: kinds and how many files of each; what is missing of unreadable is of no known kind
