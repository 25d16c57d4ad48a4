-- A warning that is seen again unchanged is not written: when it was last seen is when its rule was last evaluated.

ALTER TABLE warning RENAME COLUMN last_seen_ms TO changed_ms;
