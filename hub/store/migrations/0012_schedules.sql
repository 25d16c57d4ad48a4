-- When what was due, what became of it, and who keeps it from running.

CREATE TABLE schedule (
    schedule   TEXT PRIMARY KEY,
    -- A digest of what decides when it fires; empty while no file configures it.
    definition TEXT NOT NULL,
    -- Everything that fell due until then is decided.
    decided_ms INTEGER NOT NULL,
    -- Since when the definition is known: nothing from before is made good.
    since_ms   INTEGER NOT NULL,
    paused_ms  INTEGER,
    paused_by  TEXT,
    paused_reason TEXT,
    -- Since when its last success is older than it may be, as the watchdog last told.
    late_ms    INTEGER,
    CHECK ((paused_ms IS NULL) = (paused_by IS NULL))
) STRICT, WITHOUT ROWID;

-- One row for each nominal time: what is claimed twice is run once.
CREATE TABLE fire (
    schedule   TEXT NOT NULL REFERENCES schedule,
    nominal_ms INTEGER NOT NULL,
    -- Its business date.
    day        TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'running', 'done', 'failed', 'skipped', 'missed', 'upstream_timeout')),
    -- It starts no earlier.
    due_ms     INTEGER NOT NULL,
    -- Until when its upstreams are waited for.
    until_ms   INTEGER,
    reason     TEXT,
    -- Runs of its tries, as a JSON list of ids, the first one first.
    runs       TEXT NOT NULL DEFAULT '[]',
    tries      INTEGER NOT NULL DEFAULT 0,
    -- Whether a person asked for it.
    by_hand    INTEGER NOT NULL DEFAULT 0,
    -- Whether nobody had entered its year's calendar.
    assumed    INTEGER NOT NULL DEFAULT 0,
    made_ms    INTEGER NOT NULL,
    -- When it was first given to the hub, when its last try began in earnest, when it ended.
    claimed_ms INTEGER,
    started_ms INTEGER,
    ended_ms   INTEGER,
    PRIMARY KEY (schedule, nominal_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX fire_open ON fire (due_ms) WHERE state IN ('waiting', 'claimed', 'running');
CREATE INDEX fire_by_day ON fire (day, schedule);
CREATE INDEX fire_by_made ON fire (made_ms);
CREATE INDEX fire_done ON fire (schedule, ended_ms) WHERE state = 'done';
