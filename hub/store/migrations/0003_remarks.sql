-- What a run's connector said a person should know, a JSON array of sentences.
ALTER TABLE run ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]';
