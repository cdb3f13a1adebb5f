-- An account that nobody has signed in to for long is not let in any more, until a
-- manager takes it into use again.

-- +goose Up

ALTER TABLE user_account ADD COLUMN reactivated_at BIGINT;
ALTER TABLE user_account ADD COLUMN reactivated_by TEXT NOT NULL DEFAULT '';
