-- The gateway's index. Written by the gateway engineer; this line only lets the folder embed.
-- +goose Up
CREATE TABLE placeholder (id TEXT NOT NULL PRIMARY KEY);
