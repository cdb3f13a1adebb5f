-- A session that is left alone locks itself, and a user locks it by hand. It goes on for
-- whoever opened it, after a proof of who they are.

-- +goose Up

ALTER TABLE session ADD COLUMN locked_at BIGINT;                             -- by hand; by time is last_used's to say
ALTER TABLE facility ADD COLUMN idle_minutes BIGINT NOT NULL DEFAULT 15;     -- after which sessions lock themselves

CREATE INDEX session_by_device ON session (device_id);
