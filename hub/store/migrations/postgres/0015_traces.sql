-- The trace an event came to be in, as W3C writes it: it is told with the event, the same in every attempt. None where nobody traces.

ALTER TABLE outbox ADD COLUMN traceparent TEXT COLLATE "C";
