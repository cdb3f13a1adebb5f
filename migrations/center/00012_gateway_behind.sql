-- A gateway whose storage is away, whole or in part, says so: what its hospital wrote since
-- is not in the catalog.

-- +goose Up

ALTER TABLE gateway ADD COLUMN behind_since BIGINT;                          -- by the gateway's clock; null: it is not
