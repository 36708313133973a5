-- One row a run. Times are microseconds since 1970 (UTC); result is the JSON of docs/result.md.
CREATE TABLE runs (
  id       TEXT PRIMARY KEY,
  at       BIGINT NOT NULL,
  commit_id TEXT NOT NULL,
  branch   TEXT NOT NULL,
  scenario TEXT NOT NULL,
  method   TEXT NOT NULL,
  result   TEXT NOT NULL
);
CREATE INDEX runs_at ON runs (at, id);
CREATE TABLE tags (
  run   TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, name)
);
