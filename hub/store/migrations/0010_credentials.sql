-- Who may ask from outside and what for; how far each has taken the events; where each case is.

CREATE TABLE credential (
    credential_id TEXT PRIMARY KEY,
    role        TEXT NOT NULL,
    -- None: every department.
    department  TEXT,
    -- What the division's code begins with.
    division    TEXT NOT NULL,
    -- Words, as a JSON list.
    permissions TEXT NOT NULL,
    signed      INTEGER NOT NULL,
    created_ms  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    expires_ms  INTEGER NOT NULL,
    revoked_ms  INTEGER,
    revoked_by  TEXT,
    CHECK ((revoked_ms IS NULL) = (revoked_by IS NULL)),
    CHECK (role = 'county' OR department IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- A credential's tokens, by keyed digest; a signing key is computed from the number and never kept.
CREATE TABLE credential_generation (
    credential_id TEXT NOT NULL REFERENCES credential,
    generation  INTEGER NOT NULL,
    digest      TEXT NOT NULL,
    made_ms     INTEGER NOT NULL,
    -- Until when it is still taken after a newer one was made.
    until_ms    INTEGER,
    PRIMARY KEY (credential_id, generation)
) STRICT, WITHOUT ROWID;

-- Signed requests that were taken, for as long as one of them could come again.
CREATE TABLE signed_request (
    credential_id TEXT NOT NULL REFERENCES credential,
    request_id  TEXT NOT NULL,
    signed_s    INTEGER NOT NULL,
    digest      TEXT NOT NULL,
    PRIMARY KEY (credential_id, request_id, signed_s)
) STRICT, WITHOUT ROWID;
CREATE INDEX signed_request_age ON signed_request (signed_s);

-- How far a credential's holder has fetched the events, and how far they were confirmed.
CREATE TABLE pull (
    credential_id TEXT PRIMARY KEY REFERENCES credential,
    served       INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    served_ms    INTEGER NOT NULL,
    acknowledged_ms INTEGER,
    CHECK (acknowledged <= served)
) STRICT, WITHOUT ROWID;

-- county/town/village as its last warning said; the code of the division that is in, which a program looks up.
ALTER TABLE cases ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN division TEXT;
UPDATE cases SET place = coalesce((SELECT max(place) FROM warning WHERE warning.case_id = cases.case_id), '');
CREATE INDEX case_without_division ON cases (place) WHERE division IS NULL;
CREATE INDEX case_by_owner ON cases (department, case_id);
