-- What each approved part of a stream looked like, by its columns: the next one is compared with it.
CREATE TABLE stream_profile (
    connector TEXT NOT NULL,
    stream    TEXT NOT NULL,
    part      TEXT NOT NULL,
    run_id    TEXT NOT NULL REFERENCES run,
    at_ms     INTEGER NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (connector, stream, part)
) STRICT, WITHOUT ROWID;

-- Parts that broke a bound: landed, active nowhere, until a person approves or rejects them or a later run reads anew.
CREATE TABLE held_part (
    run_id    TEXT NOT NULL REFERENCES run,
    stream    TEXT NOT NULL,
    part      TEXT NOT NULL,
    connector TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('held', 'approved', 'rejected', 'superseded', 'withdrawn')),
    digest    TEXT NOT NULL,
    body      TEXT NOT NULL,
    decided_run TEXT REFERENCES run,
    decided_ms  INTEGER,
    actor     TEXT,
    reason    TEXT,
    PRIMARY KEY (run_id, stream, part),
    CHECK ((state = 'held') = (decided_ms IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX held_part_open ON held_part (connector, stream) WHERE state = 'held';
CREATE INDEX held_part_rejected ON held_part (connector, stream, part) WHERE state = 'rejected';

-- How rows of a held stream are to be normalised once they are approved, and how far it was read.
CREATE TABLE held_stream (
    run_id    TEXT NOT NULL REFERENCES run,
    stream    TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (run_id, stream)
) STRICT, WITHOUT ROWID;
