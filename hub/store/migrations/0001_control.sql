-- The control plane: what ran, how far each source was read, what was warned, what must still be sent.

CREATE TABLE run (
    run_id     TEXT PRIMARY KEY,
    connector  TEXT NOT NULL,
    state      TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms   INTEGER,
    category   TEXT,
    cause      TEXT,
    message    TEXT,
    log_tail   TEXT,
    peak_child_bytes INTEGER
) STRICT;
CREATE INDEX run_by_connector ON run (connector, started_ms);

CREATE TABLE run_stream (
    run_id   TEXT NOT NULL REFERENCES run,
    stream   TEXT NOT NULL,
    rows_in  INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    seconds  REAL NOT NULL,
    lineage  TEXT NOT NULL,
    PRIMARY KEY (run_id, stream),
    CHECK (rows_in = accepted + rejected + filtered)
) STRICT;

CREATE TABLE stream_cursor (
    connector TEXT NOT NULL,
    stream    TEXT NOT NULL,
    run_id    TEXT NOT NULL REFERENCES run,
    state     TEXT NOT NULL,
    PRIMARY KEY (connector, stream)
) STRICT;

CREATE TABLE registry (
    kind TEXT NOT NULL,
    key  BLOB NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (kind, key),
    UNIQUE (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluation (
    at_ms    INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    state    TEXT NOT NULL,
    reason   TEXT,
    findings INTEGER NOT NULL,
    unset_bands TEXT NOT NULL,
    PRIMARY KEY (rule, at_ms)
) STRICT;

CREATE TABLE cases (
    case_id   TEXT PRIMARY KEY,
    subject   TEXT NOT NULL,
    state     TEXT NOT NULL,
    severity  TEXT NOT NULL,
    version   INTEGER NOT NULL,
    opened_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX case_open_subject ON cases (subject) WHERE state = 'open';

CREATE TABLE warning (
    fingerprint TEXT PRIMARY KEY,
    case_id     TEXT NOT NULL REFERENCES cases,
    rule        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    period_key  TEXT NOT NULL,
    band        TEXT NOT NULL,
    severity    TEXT NOT NULL,
    round       INTEGER NOT NULL,
    evidence_digest TEXT NOT NULL,
    opened_ms   INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    cleared_ms  INTEGER
) STRICT;
CREATE INDEX warning_by_case ON warning (case_id);

CREATE TABLE evidence (
    fingerprint TEXT NOT NULL REFERENCES warning,
    round       INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    rule_version INTEGER NOT NULL,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (fingerprint, round)
) STRICT;

CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    case_id  TEXT NOT NULL,
    type     TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    data     TEXT NOT NULL
) STRICT;

CREATE TABLE delivery (
    endpoint TEXT NOT NULL,
    sequence INTEGER NOT NULL REFERENCES outbox,
    case_id  TEXT NOT NULL,
    state    TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_ms   INTEGER NOT NULL,
    last_status INTEGER,
    last_error  TEXT,
    done_ms  INTEGER,
    PRIMARY KEY (endpoint, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_pending ON delivery (endpoint, case_id, sequence) WHERE state = 'pending';
CREATE INDEX delivery_due ON delivery (endpoint, due_ms, sequence) WHERE state = 'pending';

CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    hash     TEXT NOT NULL
) STRICT;

-- Which run and part a file of the lake came from; the catalogue itself follows in the next migration.
CREATE TABLE lake_file (
    data_file_id INTEGER PRIMARY KEY,
    run_id     TEXT NOT NULL REFERENCES run,
    connector  TEXT NOT NULL,
    stream     TEXT NOT NULL,
    schema_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    part       TEXT NOT NULL,
    path       TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX lake_file_by_stream ON lake_file (schema_name, table_name, connector, stream, part);
