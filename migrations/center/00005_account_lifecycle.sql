-- What stands before an account's first use: the training (研修) that its person has had,
-- and the pledge (誓約書) that they gave.

-- +goose Up

ALTER TABLE user_account ADD COLUMN trained_on TEXT NOT NULL DEFAULT '';      -- YYYY-MM-DD; empty: no training is recorded
ALTER TABLE user_account ADD COLUMN trained_by TEXT NOT NULL DEFAULT '';      -- who recorded it
ALTER TABLE user_account ADD COLUMN pledge_version TEXT NOT NULL DEFAULT '';  -- of the wording, or paper; empty: none was given
ALTER TABLE user_account ADD COLUMN pledge_by TEXT NOT NULL DEFAULT '';       -- the person themself, or who took in the paper
ALTER TABLE user_account ADD COLUMN pledged_at BIGINT;
