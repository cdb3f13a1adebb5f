-- The first network: directory, accounts, devices, persons, links, consent, catalog, audit.
--
-- Kept to what SQLite and PostgreSQL share (and PostgreSQL-compatible distributed
-- databases have): no identity columns, no engine-only types. Instants are UTC
-- microseconds in BIGINT, ids are text made by the program, flags are BIGINT 0/1,
-- bytes are base64 text.

-- +goose Up

CREATE TABLE network_union (
    id          TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE facility (
    id          TEXT NOT NULL PRIMARY KEY,
    code        TEXT NOT NULL UNIQUE,          -- 10-digit medical institution code
    name        TEXT NOT NULL,
    kana        TEXT NOT NULL,
    mark        TEXT NOT NULL,                 -- two characters that stand for it on events
    kind        TEXT NOT NULL,                 -- hospital clinic pharmacy home_nursing care_home
    disclosing  BIGINT NOT NULL,               -- 1: discloses through a gateway
    joined_at   BIGINT NOT NULL,
    closed_at   BIGINT
);

CREATE TABLE facility_union (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    union_id    TEXT NOT NULL REFERENCES network_union (id),
    since       BIGINT NOT NULL,
    PRIMARY KEY (facility_id, union_id)
);

CREATE TABLE gateway (
    id             TEXT NOT NULL PRIMARY KEY,
    facility_id    TEXT NOT NULL REFERENCES facility (id),
    cert_sha256    TEXT NOT NULL,              -- hex, of the DER; the one certificate that may link
    cert_not_after BIGINT NOT NULL,
    enrolled_at    BIGINT NOT NULL,
    last_seen      BIGINT,
    revoked_at     BIGINT,
    epoch          TEXT NOT NULL DEFAULT '',   -- of its change stream
    change_seq     BIGINT NOT NULL DEFAULT 0   -- last change taken in
);
CREATE INDEX gateway_facility ON gateway (facility_id);

CREATE TABLE device (
    id             TEXT NOT NULL PRIMARY KEY,
    facility_id    TEXT NOT NULL REFERENCES facility (id),
    name           TEXT NOT NULL,
    place          TEXT NOT NULL DEFAULT '',
    cert_serial    TEXT NOT NULL,
    cert_sha256    TEXT NOT NULL UNIQUE,
    cert_not_after BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    last_seen      BIGINT,
    revoked_at     BIGINT
);
CREATE INDEX device_facility ON device (facility_id);

-- One-time codes with which a gateway or a device enrols.
CREATE TABLE enrollment_code (
    code_sha256 TEXT NOT NULL PRIMARY KEY,
    purpose     TEXT NOT NULL,                 -- gateway device
    facility_id TEXT NOT NULL REFERENCES facility (id),
    label       TEXT NOT NULL DEFAULT '',
    created_by  TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT
);

CREATE TABLE user_account (
    id              TEXT NOT NULL PRIMARY KEY,
    facility_id     TEXT NOT NULL REFERENCES facility (id),
    login           TEXT NOT NULL UNIQUE,      -- never reused, also after closing
    display_name    TEXT NOT NULL,
    kana            TEXT NOT NULL DEFAULT '',
    profession      TEXT NOT NULL,
    password_hash   TEXT NOT NULL,             -- argon2id PHC string
    must_change     BIGINT NOT NULL,           -- 1: the password was set by somebody else
    totp_secret     TEXT NOT NULL,             -- sealed (see platform/seal)
    totp_last_step  BIGINT NOT NULL DEFAULT 0, -- a code is taken once
    language        TEXT NOT NULL DEFAULT 'ja',
    created_by      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    closed_at       BIGINT
);
CREATE INDEX user_account_facility ON user_account (facility_id);

-- Hashes of passwords that a user has left, so that none of the last few comes back.
CREATE TABLE former_password (
    id            TEXT NOT NULL PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES user_account (id),
    left_at       BIGINT NOT NULL,
    password_hash TEXT NOT NULL
);
CREATE INDEX former_password_user ON former_password (user_id, left_at);

CREATE TABLE user_role (
    user_id     TEXT NOT NULL REFERENCES user_account (id),
    role        TEXT NOT NULL,
    union_id    TEXT NOT NULL,                 -- in which the role holds
    granted_by  TEXT NOT NULL,
    granted_at  BIGINT NOT NULL,
    ended_by    TEXT,
    ended_at    BIGINT,
    PRIMARY KEY (user_id, role, union_id, granted_at)
);

CREATE TABLE session (
    id            TEXT NOT NULL PRIMARY KEY,
    token_sha256  TEXT NOT NULL UNIQUE,
    user_id       TEXT NOT NULL REFERENCES user_account (id),
    device_id     TEXT NOT NULL REFERENCES device (id),
    created_at    BIGINT NOT NULL,
    last_used     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    ended_at      BIGINT
);
CREATE INDEX session_by_user ON session (user_id);

-- Failed sign-ins, for throttling by account and device.
CREATE TABLE signin_failure (
    id         TEXT NOT NULL PRIMARY KEY,
    login      TEXT NOT NULL,
    device_id  TEXT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX signin_failure_login ON signin_failure (login, at);
CREATE INDEX signin_failure_device ON signin_failure (device_id, at);

CREATE TABLE person (
    id          TEXT NOT NULL PRIMARY KEY,
    union_id    TEXT NOT NULL REFERENCES network_union (id),
    name        TEXT NOT NULL,
    kana        TEXT NOT NULL,
    name_key    TEXT NOT NULL,                 -- kana.NameKey
    kana_key    TEXT NOT NULL,                 -- kana.Key
    birth_date  TEXT NOT NULL,                 -- YYYY-MM-DD
    sex         TEXT NOT NULL,
    address     TEXT NOT NULL DEFAULT '',
    created_by  TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE INDEX person_birth ON person (union_id, birth_date, kana_key);
CREATE INDEX person_kana ON person (union_id, kana_key);

-- Bigrams of name_key and kana_key: the same search on every engine.
CREATE TABLE person_bigram (
    gram       TEXT NOT NULL,
    person_id  TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (gram, person_id)
);

CREATE TABLE person_link (
    id           TEXT NOT NULL PRIMARY KEY,
    union_id     TEXT NOT NULL REFERENCES network_union (id),
    person_id    TEXT NOT NULL REFERENCES person (id),
    facility_id  TEXT NOT NULL REFERENCES facility (id),
    patient_id   TEXT NOT NULL,                -- the facility's own number, verbatim
    state        TEXT NOT NULL,                -- confirmed suspended ended
    verified_by  TEXT NOT NULL,                -- gateway: compared there; staff: compared by hand
    differs      TEXT NOT NULL DEFAULT '',     -- fields that made it suspended, comma separated
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    ended_by     TEXT,
    end_reason   TEXT                          -- as typed; it stands here and not in the log
);
CREATE INDEX person_link_person ON person_link (person_id);
CREATE INDEX person_link_patient ON person_link (facility_id, patient_id);
-- One living link for a patient number, and one for a person at a facility.
CREATE UNIQUE INDEX person_link_one_patient ON person_link (union_id, facility_id, patient_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX person_link_one_person ON person_link (union_id, facility_id, person_id) WHERE ended_at IS NULL;

CREATE TABLE consent (
    id             TEXT NOT NULL PRIMARY KEY,
    union_id       TEXT NOT NULL REFERENCES network_union (id),
    person_id      TEXT NOT NULL REFERENCES person (id),
    scope          TEXT NOT NULL,              -- comprehensive
    basis          TEXT NOT NULL,              -- written verbal_with_note proxy
    signer         TEXT NOT NULL,              -- who consented: the person, or the proxy's name and relation
    note           TEXT NOT NULL DEFAULT '',
    facility_id    TEXT NOT NULL REFERENCES facility (id), -- where it was taken
    taken_by       TEXT NOT NULL,
    effective_from BIGINT NOT NULL,
    received_at    BIGINT NOT NULL,
    recorded_at    BIGINT NOT NULL,
    revoked_at     BIGINT,                     -- effective from this instant
    revoked_by     TEXT,
    revoke_reason  TEXT
);
CREATE INDEX consent_person ON consent (person_id);

-- A copy of each gateway's release matrix, for lists and explanations only.
CREATE TABLE release_copy (
    facility_id TEXT NOT NULL PRIMARY KEY REFERENCES facility (id),
    version     BIGINT NOT NULL,
    state       TEXT NOT NULL,                 -- wire.ReleaseState as JSON
    fetched_at  BIGINT NOT NULL
);

CREATE TABLE catalog_item (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    item_id     TEXT NOT NULL,
    patient_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    data_type   TEXT NOT NULL,
    care_date   TEXT NOT NULL,                 -- YYYYMMDD
    care_time   TEXT NOT NULL DEFAULT '',
    department  TEXT NOT NULL DEFAULT '',
    event       TEXT NOT NULL DEFAULT '',
    entries     BIGINT NOT NULL DEFAULT 0,
    abnormal    BIGINT NOT NULL DEFAULT 0,
    updated     TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (facility_id, item_id)
);
CREATE INDEX catalog_item_patient ON catalog_item (facility_id, patient_id, care_date);

-- When a linked patient's catalog was last known complete.
CREATE TABLE source_state (
    facility_id TEXT NOT NULL REFERENCES facility (id),
    patient_id  TEXT NOT NULL,
    fetched_at  BIGINT NOT NULL,
    unreadable  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (facility_id, patient_id)
);

-- One page view: the decisions that belong together, and until when its parts may be fetched.
CREATE TABLE page_view (
    id          TEXT NOT NULL PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES session (id),
    person_id   TEXT NOT NULL REFERENCES person (id),
    page        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE TABLE page_view_part (
    view_id      TEXT NOT NULL REFERENCES page_view (id),
    facility_id  TEXT NOT NULL REFERENCES facility (id),
    decision_id  TEXT NOT NULL,
    kinds        TEXT NOT NULL,                -- allowed, comma separated
    fetched_at   BIGINT,                       -- a part is fetched once
    PRIMARY KEY (view_id, facility_id)
);

-- Rows may be inserted, never updated or deleted; each is a leaf of a Merkle log.
CREATE TABLE audit_event (
    replica_id   TEXT NOT NULL,
    leaf         BIGINT NOT NULL,              -- 0, 1, 2 … in the replica's log
    id           TEXT NOT NULL UNIQUE,
    at           BIGINT NOT NULL,
    action       TEXT NOT NULL,
    outcome      TEXT NOT NULL,                -- allowed denied done failed
    user_id      TEXT NOT NULL DEFAULT '',
    user_name    TEXT NOT NULL DEFAULT '',
    profession   TEXT NOT NULL DEFAULT '',
    facility_id  TEXT NOT NULL DEFAULT '',     -- of the user
    union_id     TEXT NOT NULL DEFAULT '',     -- in which the user worked
    device_id    TEXT NOT NULL DEFAULT '',
    owner_id     TEXT NOT NULL DEFAULT '',     -- facility whose content it was
    person_id    TEXT NOT NULL DEFAULT '',
    decision_id  TEXT NOT NULL DEFAULT '',     -- joins a decision with its completion
    detail       TEXT NOT NULL DEFAULT '{}',   -- JSON: kinds, policies, reasons, counts, duration
    body         TEXT NOT NULL,                -- the canonical bytes that were hashed
    PRIMARY KEY (replica_id, leaf)
);
CREATE INDEX audit_event_facility ON audit_event (facility_id, at);
CREATE INDEX audit_event_owner ON audit_event (owner_id, at);
CREATE INDEX audit_event_person ON audit_event (person_id, at);
CREATE INDEX audit_event_decision ON audit_event (decision_id);
CREATE INDEX audit_event_action ON audit_event (action, at);

-- Stored hashes of the log (golang.org/x/mod/sumdb/tlog), by storage index.
CREATE TABLE audit_hash (
    replica_id  TEXT NOT NULL,
    position    BIGINT NOT NULL,
    hash        TEXT NOT NULL,
    PRIMARY KEY (replica_id, position)
);

CREATE TABLE audit_checkpoint (
    replica_id  TEXT NOT NULL,
    size        BIGINT NOT NULL,
    note        TEXT NOT NULL,                 -- signed note (golang.org/x/mod/sumdb/note)
    at          BIGINT NOT NULL,
    PRIMARY KEY (replica_id, size)
);
