-- A gateway renews its certificate over the link. Until it has come with the new one,
-- either may link.

-- +goose Up

ALTER TABLE gateway ADD COLUMN next_cert_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE gateway ADD COLUMN next_cert_not_after BIGINT NOT NULL DEFAULT 0;
