-- When a session began and when its owner last proved who they are are two things; and
-- which messages that were filed with a remark somebody has looked at.

-- +goose Up

-- Until here created_at was the time of the last proof. A row that the program before this
-- one writes has 0: no proof that counts as fresh.
ALTER TABLE console_session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
UPDATE console_session SET proved_at = created_at;

-- Rows stay when their message leaves the list.
CREATE TABLE console_seen (
    message_id  TEXT NOT NULL PRIMARY KEY,     -- kept.Entry.ID
    at          BIGINT NOT NULL,
    login       TEXT NOT NULL
);
