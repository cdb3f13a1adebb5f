-- Revocation of what is neither a terminal nor a gateway, and the lists that are published.

-- +goose Up

-- The center's own certificates and keys, and whatever else an operator denies by its
-- fingerprint: a center that was restored from a backup may not know what it revoked.
CREATE TABLE center_certificate (
    sha256      TEXT NOT NULL PRIMARY KEY,     -- hex, of the DER certificate; of the public key where the kind is signer
    kind        TEXT NOT NULL,                 -- wire.DeniedKind
    serial      TEXT NOT NULL,                 -- hex; empty for keys
    name        TEXT NOT NULL,                 -- for people: host, issuing CA, replica
    device_id   TEXT NOT NULL DEFAULT '',      -- of a terminal that the ledger does not have
    not_after   BIGINT NOT NULL,
    noted_at    BIGINT NOT NULL,
    revoked_at  BIGINT,
    revoked_by  TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT ''       -- revocation.Reason
);

-- The newest list of each kind: its number never goes back.
CREATE TABLE revocation_list (
    name     TEXT NOT NULL PRIMARY KEY,        -- denylist of a replica, CRL of an issuing CA
    number   BIGINT NOT NULL,
    made_at  BIGINT NOT NULL,
    digest   TEXT NOT NULL,                    -- of what is on it
    body     TEXT NOT NULL                     -- base64 of a CRL (DER); empty for denylists, which are signed anew
);

ALTER TABLE gateway ADD COLUMN cert_serial TEXT NOT NULL DEFAULT '';
ALTER TABLE gateway ADD COLUMN next_cert_serial TEXT NOT NULL DEFAULT '';
ALTER TABLE gateway ADD COLUMN revoked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE gateway ADD COLUMN revoke_reason TEXT NOT NULL DEFAULT '';
