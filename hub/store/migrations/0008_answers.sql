-- What people answered each warning; points, so that lists can be ranked.

-- One answer for each warning that stood in a round of a case, whatever case the warning belongs to later; the last word counts.
CREATE TABLE answer (
    case_id     TEXT NOT NULL REFERENCES cases,
    case_round  INTEGER NOT NULL,
    fingerprint TEXT NOT NULL REFERENCES warning,
    -- The round of the warning, whose evidence was answered.
    round       INTEGER NOT NULL,
    rule        TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    -- Why it was rejected; none when it was verified.
    rejected    TEXT,
    PRIMARY KEY (case_id, case_round, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_by_rule ON answer (rule, at_ms);

INSERT INTO answer (case_id, case_round, fingerprint, round, rule, at_ms, rejected)
SELECT e.case_id, e.round, w.fingerprint, w.round, w.rule, e.at_ms, e.body ->> '$.reason'
FROM case_event e JOIN warning w USING (case_id)
WHERE e.action IN ('verify', 'reject') AND w.opened_ms <= e.at_ms AND (w.cleared_ms IS NULL OR w.cleared_ms > e.at_ms)
ORDER BY e.at_ms
ON CONFLICT DO UPDATE SET round = excluded.round, at_ms = excluded.at_ms, rejected = excluded.rejected;

-- What a round of a warning is ranked by, of a hundred points.
ALTER TABLE evidence ADD COLUMN score INTEGER NOT NULL DEFAULT 0;
UPDATE evidence SET score = coalesce(
    (body ->> '$.score.severity') + (body ->> '$.score.size') + (body ->> '$.score.matching')
        + (body ->> '$.score.freshness') + (body ->> '$.score.record'), 0);
