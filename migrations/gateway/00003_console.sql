-- The gateway's console: the hospital IT staff's own accounts, sessions, and what they did.

-- +goose Up

CREATE TABLE console_user (
    id              TEXT NOT NULL PRIMARY KEY,
    login           TEXT NOT NULL UNIQUE,      -- as credential.NormalizeLogin gives it; never given again
    role            TEXT NOT NULL,             -- viewer admin
    password_hash   TEXT NOT NULL,
    must_change     BIGINT NOT NULL,           -- the password was made at the command line
    initial_until   BIGINT,                    -- until when such a password is taken
    totp_secret     TEXT NOT NULL DEFAULT '',  -- sealed; empty until the second factor is enrolled
    totp_last_step  BIGINT NOT NULL DEFAULT 0, -- a code is taken once
    created_at      BIGINT NOT NULL,
    closed_at       BIGINT
);

-- Passwords that a user has left and may not take up again.
CREATE TABLE console_former_password (
    id             TEXT NOT NULL PRIMARY KEY,
    user_id        TEXT NOT NULL REFERENCES console_user (id),
    password_hash  TEXT NOT NULL,
    left_at        BIGINT NOT NULL
);
CREATE INDEX console_former_password_user ON console_former_password (user_id, left_at);

CREATE TABLE console_session (
    id             TEXT NOT NULL PRIMARY KEY,
    token_sha256   TEXT NOT NULL UNIQUE,       -- the token itself is kept nowhere
    user_id        TEXT NOT NULL REFERENCES console_user (id),
    pending_totp   TEXT NOT NULL DEFAULT '',   -- sealed: the secret that is being enrolled
    created_at     BIGINT NOT NULL,
    last_used      BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    ended_at       BIGINT
);
CREATE INDEX console_session_user ON console_session (user_id);

CREATE TABLE console_failure (
    id       TEXT NOT NULL PRIMARY KEY,
    login    TEXT NOT NULL,
    address  TEXT NOT NULL,                    -- of the browser
    at       BIGINT NOT NULL
);
CREATE INDEX console_failure_login ON console_failure (login, at);
CREATE INDEX console_failure_address ON console_failure (address, at);

-- Who did what at the console and to its accounts. Rows are added and
-- never changed: account.Open has SQLite refuse it.
CREATE TABLE console_log (
    id       TEXT NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL,
    login    TEXT NOT NULL,                    -- whose name was used; empty for none that is well-formed
    address  TEXT NOT NULL,                    -- of the browser, or command line
    action   TEXT NOT NULL,                    -- account.Action
    outcome  TEXT NOT NULL,                    -- done denied
    detail   TEXT NOT NULL                     -- JSON: reason, patient ID, root; never content
);
CREATE INDEX console_log_at ON console_log (at);
