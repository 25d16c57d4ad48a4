-- A case's life: its state, rounds, clocks and history; what keeps warnings quiet; rules that opened too much at once.

ALTER TABLE cases ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE cases ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN previous TEXT REFERENCES cases;
ALTER TABLE cases ADD COLUMN suspended_from TEXT;
ALTER TABLE cases ADD COLUMN concluded_by TEXT;
-- Days, as 2023-10-31.
ALTER TABLE cases ADD COLUMN closed TEXT;
ALTER TABLE cases ADD COLUMN due TEXT;
ALTER TABLE cases ADD COLUMN overdue INTEGER NOT NULL DEFAULT 0;
-- The next day on which a clock has something to tell; a case from before there were clocks gets them at the next check.
ALTER TABLE cases ADD COLUMN news TEXT DEFAULT '0001-01-01';
ALTER TABLE cases ADD COLUMN clocks TEXT NOT NULL DEFAULT '[]';

-- Open means: not closed.
DROP INDEX case_open_subject;
CREATE UNIQUE INDEX case_open_subject ON cases (subject) WHERE state <> 'closed';
CREATE INDEX case_closed_subject ON cases (subject, closed) WHERE state = 'closed';
CREATE INDEX case_news ON cases (news) WHERE state <> 'closed';
CREATE INDEX case_by_department ON cases (department, state);

-- What was done to cases; never changed.
CREATE TABLE case_event (
    case_id TEXT NOT NULL REFERENCES cases,
    version INTEGER NOT NULL,
    round   INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    was     TEXT NOT NULL,
    state   TEXT NOT NULL,
    action  TEXT NOT NULL,
    body    TEXT NOT NULL,
    -- The idempotency key it was asked with, and a digest of what was asked.
    request_key    TEXT,
    request_digest TEXT,
    PRIMARY KEY (case_id, version)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX case_event_request ON case_event (case_id, action, request_key) WHERE request_key IS NOT NULL;

-- Complete, fresh evaluations in a row that found the subject clean.
ALTER TABLE warning ADD COLUMN clean INTEGER NOT NULL DEFAULT 0;
-- county/town/village, as far as it is known.
ALTER TABLE warning ADD COLUMN place TEXT NOT NULL DEFAULT '';
-- What keeps it from being pushed: exempt/7, silence/3, mute/A01.
ALTER TABLE warning ADD COLUMN quiet TEXT;
-- Whether receivers were told of it.
ALTER TABLE warning ADD COLUMN told INTEGER NOT NULL DEFAULT 1;

CREATE TABLE exemption (
    exemption_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject  TEXT NOT NULL,
    rule     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    body     TEXT NOT NULL,
    until    TEXT NOT NULL,
    approver TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    -- What the rule had computed when it was given; compared with what it computes later.
    severity TEXT NOT NULL,
    evidence TEXT NOT NULL,
    ended_ms INTEGER,
    ended_by TEXT,
    ended_reason TEXT
) STRICT;
CREATE UNIQUE INDEX exemption_standing ON exemption (subject, rule) WHERE ended_ms IS NULL;

CREATE TABLE silence (
    silence_id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule       TEXT,
    department TEXT,
    place      TEXT,
    severity   TEXT,
    until      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    author     TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    ended_ms   INTEGER,
    ended_by   TEXT,
    ended_reason TEXT,
    CHECK (coalesce(rule, department, place, severity) IS NOT NULL)
) STRICT;

-- How many warnings of the rule an evaluation opened or would have.
ALTER TABLE evaluation ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;

CREATE TABLE held_rule (
    rule     TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    last_ms  INTEGER NOT NULL,
    openings INTEGER NOT NULL,
    why      TEXT NOT NULL,
    released_ms INTEGER,
    released_by TEXT,
    reason   TEXT,
    PRIMARY KEY (rule, since_ms),
    CHECK ((released_ms IS NULL) = (released_by IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX held_rule_standing ON held_rule (rule) WHERE released_ms IS NULL;
