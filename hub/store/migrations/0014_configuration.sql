-- Which configurations the hub went by: so that a run can be answered for, and a change be told before it is made.

CREATE TABLE configuration (
    number    INTEGER PRIMARY KEY,
    -- A digest of its files.
    hash      TEXT NOT NULL,
    loaded_ms INTEGER NOT NULL,
    -- Who had it loaded, and how: 'start', 'command' or 'signal'.
    actor     TEXT NOT NULL,
    how       TEXT NOT NULL,
    -- Its files: a JSON object of digests by path below the configuration directory.
    files     TEXT NOT NULL
) STRICT;

-- What the files said; no secret is among them.
CREATE TABLE configuration_text (
    digest TEXT PRIMARY KEY,
    text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- By which configuration a run read, and rules were evaluated; unknown of what was before.
ALTER TABLE run ADD COLUMN configuration TEXT;
ALTER TABLE evaluation ADD COLUMN configuration TEXT;
