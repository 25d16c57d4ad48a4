-- Push: where each endpoint stands, what each attempt came to, which event of a case goes next.

CREATE TABLE endpoint (
    endpoint TEXT PRIMARY KEY,
    standing TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    reason   TEXT,
    -- A person paused it: no ping resumes it.
    by_hand  INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    probe_ms INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Attempts, the last of each delivery; older ones are counted by the delivery and forgotten.
CREATE TABLE attempt (
    endpoint TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    took_ms  INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    status   INTEGER,
    error    TEXT,
    PRIMARY KEY (endpoint, sequence, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_by_time ON attempt (endpoint, at_ms);

-- The oldest pending event of its case at this endpoint, the only one that may go out.
ALTER TABLE delivery ADD COLUMN head INTEGER NOT NULL DEFAULT 0;
-- Attempts that do not count against the event: those before a replay, and those in which the endpoint was at fault.
ALTER TABLE delivery ADD COLUMN excused INTEGER NOT NULL DEFAULT 0;
-- Whether a person had it sent again; its requests say so.
ALTER TABLE delivery ADD COLUMN replay INTEGER NOT NULL DEFAULT 0;
-- What the receiver gave as proof that it has it.
ALTER TABLE delivery ADD COLUMN receipt TEXT;

UPDATE delivery SET head = 1 WHERE state = 'pending' AND NOT EXISTS (
    SELECT 1 FROM delivery e WHERE e.endpoint = delivery.endpoint AND e.case_id = delivery.case_id
        AND e.state = 'pending' AND e.sequence < delivery.sequence);
INSERT INTO endpoint (endpoint, standing, since_ms) SELECT DISTINCT endpoint, 'active', 0 FROM delivery;

DROP INDEX delivery_due;
CREATE INDEX delivery_head ON delivery (endpoint, due_ms, sequence) WHERE state = 'pending' AND head = 1;
CREATE INDEX delivery_waiting ON delivery (endpoint, sequence) WHERE state = 'pending';
CREATE INDEX delivery_dead ON delivery (endpoint, sequence) WHERE state = 'dead';
