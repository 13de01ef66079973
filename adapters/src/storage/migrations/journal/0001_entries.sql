CREATE TABLE entries (
    position  INTEGER PRIMARY KEY,
    partition INTEGER NOT NULL,
    body      BLOB NOT NULL
);
