-- Passkeys, and when somebody at a session last proved who they are.

-- +goose Up

ALTER TABLE session ADD COLUMN verified_at BIGINT NOT NULL DEFAULT 0;      -- of the last proof; fresh for five minutes
ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password';    -- of the last proof: password passkey

-- A user without a password has password_hash and totp_secret empty: nothing matches either.

CREATE TABLE passkey (
    id               TEXT NOT NULL PRIMARY KEY,
    user_id          TEXT NOT NULL REFERENCES user_account (id),
    credential_id    TEXT NOT NULL UNIQUE,       -- the authenticator's, base64
    rp_id            TEXT NOT NULL,              -- host for which the authenticator holds it
    public_key       TEXT NOT NULL,              -- COSE key, base64
    sign_count       BIGINT NOT NULL,
    transports       TEXT NOT NULL DEFAULT '',   -- comma separated
    backup_eligible  BIGINT NOT NULL,
    backed_up        BIGINT NOT NULL,
    name             TEXT NOT NULL,              -- the user's own for it
    created_at       BIGINT NOT NULL,
    created_device   TEXT NOT NULL REFERENCES device (id),
    last_used        BIGINT,
    last_device      TEXT,
    ended_at         BIGINT,
    ended_by         TEXT
);
CREATE INDEX passkey_user ON passkey (user_id);

-- Challenges that have been given out and not been answered. One is answered once, at the
-- device and for the purpose that it was given out for, and goes with that.
CREATE TABLE passkey_challenge (
    challenge    TEXT NOT NULL PRIMARY KEY,      -- 256 random bits, base64url
    purpose      TEXT NOT NULL,                  -- sign_in step_up add
    origin       TEXT NOT NULL,                  -- of the page that asked
    device_id    TEXT NOT NULL REFERENCES device (id),
    session_id   TEXT NOT NULL DEFAULT '',       -- step_up, add: whose
    expires_at   BIGINT NOT NULL
);
CREATE INDEX passkey_challenge_device ON passkey_challenge (device_id, expires_at);
