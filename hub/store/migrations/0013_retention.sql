-- What is kept has an end: when a run or an event goes, those that name it are looked for.
CREATE INDEX lake_file_by_run ON lake_file (run_id);
CREATE INDEX refused_row_by_run ON refused_row (run_id);
CREATE INDEX stream_profile_by_run ON stream_profile (run_id);
CREATE INDEX held_part_by_decision ON held_part (decided_run) WHERE decided_run IS NOT NULL;
CREATE INDEX delivery_by_sequence ON delivery (sequence);
