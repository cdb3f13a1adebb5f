-- What a gateway says and the catalog cannot place must not be missing without anybody
-- knowing.

-- +goose Up

ALTER TABLE gateway ADD COLUMN left_out BIGINT NOT NULL DEFAULT 0;           -- items, since the catalog of the gateway began anew
