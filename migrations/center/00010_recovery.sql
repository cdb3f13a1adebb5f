-- How somebody comes into an account that has neither password nor passkey, and how two
-- people give a lost one back.

-- +goose Up

-- The one setup code of an account that holds: a new one takes the place of the one before,
-- and it goes when the account has a credential.
CREATE TABLE setup_code (
    user_id      TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    code_sha256  TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT,
    totp_secret  TEXT NOT NULL DEFAULT ''      -- sealed: what its user is shown after using it, nobody's until confirmed
);

CREATE TABLE recovery (
    id          TEXT NOT NULL PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES user_account (id),
    reason      TEXT NOT NULL,                 -- account.RecoveryReason
    asked_by    TEXT NOT NULL REFERENCES user_account (id),
    asked_at    BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    outcome     TEXT NOT NULL DEFAULT '',      -- approved withdrawn expired; empty while it is open
    ended_at    BIGINT,
    ended_by    TEXT NOT NULL DEFAULT ''
);
-- One open request for an account.
CREATE UNIQUE INDEX recovery_open ON recovery (user_id) WHERE ended_at IS NULL;
