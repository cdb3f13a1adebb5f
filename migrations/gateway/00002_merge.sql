-- Patient ids whose records the hospital has merged into another's: no link holds
-- under them, whatever the storage still says of them.

-- +goose Up

CREATE TABLE merged (
    prior_id      TEXT NOT NULL PRIMARY KEY,
    surviving_id  TEXT NOT NULL,
    merged_at     BIGINT NOT NULL              -- when the gateway was told
);
