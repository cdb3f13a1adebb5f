-- What the center has told this gateway was revoked, and which assertions were used.

-- +goose Up

-- Entries are added and never dropped, whatever a later list says: who can sign lists
-- can revoke, and not undo it.
CREATE TABLE denied_certificate (
    sha256      TEXT NOT NULL PRIMARY KEY,     -- hex, of the certificate; of the key where the kind is signer
    kind        TEXT NOT NULL,                 -- wire.DeniedKind
    serial      TEXT NOT NULL,
    device_id   TEXT NOT NULL,                 -- of a terminal's; else empty
    ends        BIGINT NOT NULL,
    revoked_at  BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    signer      TEXT NOT NULL,                 -- key_sha256 of whoever said so first
    taken_at    BIGINT NOT NULL
);

-- The newest list of each key that signs lists.
CREATE TABLE denylist_signer (
    key_sha256  TEXT NOT NULL PRIMARY KEY,
    replica_id  TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    issued_at   BIGINT NOT NULL,
    taken_at    BIGINT NOT NULL
);

-- An assertion is used once, also across a restart.
CREATE TABLE used_assertion (
    jti         TEXT NOT NULL PRIMARY KEY,
    until       BIGINT NOT NULL                -- it has expired by then
);
CREATE INDEX used_assertion_until ON used_assertion (until);
