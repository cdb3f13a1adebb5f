-- The ledger of terminals in the facility manager's hands: whose, of which kind, who
-- entered them, their next certificate, and every certificate that was revoked.

-- +goose Up

ALTER TABLE device ADD COLUMN user_group TEXT NOT NULL DEFAULT '';             -- ward or department
ALTER TABLE device ADD COLUMN os TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN method TEXT NOT NULL DEFAULT '';                 -- helper pkcs12 profile operator
ALTER TABLE device ADD COLUMN registered_by TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN next_cert_serial TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN next_cert_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN next_cert_not_after BIGINT NOT NULL DEFAULT 0;
CREATE INDEX device_next_cert ON device (next_cert_sha256);

ALTER TABLE enrollment_code ADD COLUMN user_group TEXT NOT NULL DEFAULT '';
ALTER TABLE enrollment_code ADD COLUMN os TEXT NOT NULL DEFAULT '';
ALTER TABLE enrollment_code ADD COLUMN renews TEXT NOT NULL DEFAULT '';        -- the terminal that gets its next certificate
ALTER TABLE enrollment_code ADD COLUMN legacy BIGINT NOT NULL DEFAULT 0;       -- PKCS #12 with the ciphers of old systems
ALTER TABLE enrollment_code ADD COLUMN sealed_password TEXT NOT NULL DEFAULT ''; -- of the PKCS #12 to be; gone once the code is used

-- One row for each certificate of a terminal that holds no longer.
CREATE TABLE device_revocation (
    cert_sha256    TEXT NOT NULL PRIMARY KEY,
    device_id      TEXT NOT NULL REFERENCES device (id),
    cert_serial    TEXT NOT NULL,
    cert_not_after BIGINT NOT NULL,
    revoked_at     BIGINT NOT NULL,
    revoked_by     TEXT NOT NULL,   -- user id, or how an operator is known at the keyboard
    reason         TEXT NOT NULL    -- unspecified key_compromise superseded ceased
);
CREATE INDEX device_revocation_end ON device_revocation (cert_not_after);

INSERT INTO device_revocation (cert_sha256, device_id, cert_serial, cert_not_after, revoked_at, revoked_by, reason)
SELECT cert_sha256, id, cert_serial, cert_not_after, revoked_at, '', 'unspecified' FROM device WHERE revoked_at IS NOT NULL;
