-- How many rows of a landed file correct refused rows: such a part is put together from more than one file.
ALTER TABLE lake_file ADD COLUMN corrections INTEGER NOT NULL DEFAULT 0;

-- Refused rows by their number, what they were refused for when last read, and what became of them. A row that is
-- refused again, also when it came back corrected, is the same row.
CREATE TABLE refused_row (
    connector  TEXT NOT NULL,
    stream     TEXT NOT NULL,
    part       TEXT NOT NULL,
    row_key    TEXT NOT NULL CHECK (length(row_key) = 16),
    run_id     TEXT NOT NULL REFERENCES run,
    row        INTEGER NOT NULL,
    reasons    TEXT NOT NULL,
    first_run  TEXT NOT NULL,
    first_ms   INTEGER NOT NULL,
    closed_run TEXT,
    closed_ms  INTEGER,
    closed_how TEXT CHECK (closed_how IN ('corrected', 'sent_anew')),
    PRIMARY KEY (connector, stream, part, row_key),
    CHECK ((closed_run IS NULL) = (closed_how IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX refused_row_open ON refused_row (connector, stream, part) WHERE closed_run IS NULL;
CREATE INDEX refused_row_by_key ON refused_row (row_key);
