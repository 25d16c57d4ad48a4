-- A person has several keys: number with name, place in a household with name or number. The ids that were given stay.
CREATE TABLE registry_keys (
    kind TEXT NOT NULL,
    key  BLOB NOT NULL CHECK (length(key) = 16),
    id   INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Which identity key the ids were given with; ids given by the keys of an earlier form cannot be found again.
CREATE TABLE identity (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    fingerprint TEXT NOT NULL,
    at_ms       INTEGER NOT NULL
) STRICT;

-- Whom the rows' people and units were found to be. A link that changes ends and another begins; nothing is forgotten.
CREATE TABLE link (
    whose    TEXT NOT NULL,
    from_id  INTEGER NOT NULL,
    to_id    INTEGER NOT NULL,
    standing TEXT NOT NULL,
    permille INTEGER NOT NULL,
    oddity   TEXT,
    weights  TEXT NOT NULL,
    begin_ms INTEGER NOT NULL,
    end_ms   INTEGER,
    PRIMARY KEY (whose, from_id, begin_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_present ON link (whose, from_id) WHERE end_ms IS NULL;

-- What people said about two ids; it stands until it is undone.
CREATE TABLE verdict (
    verdict_id INTEGER PRIMARY KEY,
    whose      TEXT NOT NULL,
    from_id    INTEGER NOT NULL,
    to_id      INTEGER NOT NULL,
    says       TEXT NOT NULL CHECK (says IN ('same', 'not', 'later')),
    reason     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    undone_ms  INTEGER,
    undone_by  TEXT,
    undone_reason TEXT
) STRICT;
CREATE UNIQUE INDEX verdict_standing ON verdict (whose, from_id, to_id) WHERE undone_ms IS NULL;

-- Weights that were learned and frozen; the last are used.
CREATE TABLE link_weights (
    version TEXT PRIMARY KEY,
    body    TEXT NOT NULL,
    at_ms   INTEGER NOT NULL
) STRICT;

-- What each linking did.
CREATE TABLE link_report (
    at_ms INTEGER PRIMARY KEY,
    body  TEXT NOT NULL
) STRICT;
