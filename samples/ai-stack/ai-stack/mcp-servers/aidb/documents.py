"""Documents in an SQLite file, with its full-text index."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

# As long as the container: put a volume there, and AIDB_FILE on it, for longer.
_DEFAULT_FILE = "/tmp/aidb.sqlite3"


class Documents:
    """A connection for each use: one of SQLite is of one thread."""

    limit = 1000

    def __init__(self) -> None:
        self._file = os.path.abspath(os.environ.get("AIDB_FILE", _DEFAULT_FILE))
        with self._open("rwc") as database:
            database.execute("CREATE VIRTUAL TABLE IF NOT EXISTS documents USING fts5(name UNINDEXED, text)")

    def count(self) -> int:
        with self._open() as database:
            return database.execute("SELECT count(*) FROM documents").fetchone()[0]

    def put(self, name: str, text: str) -> bool:
        """False where there is no room for another."""
        with self._open() as database:
            # The lock first, or two could take the last room.
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM documents WHERE name = ?", (name,))
            room = "(SELECT count(*) FROM documents) < ?"
            added = database.execute(f"INSERT INTO documents SELECT ?, ? WHERE {room}", (name, text, self.limit))
            return added.rowcount == 1

    def get(self, name: str) -> str | None:
        with self._open() as database:
            row = database.execute("SELECT text FROM documents WHERE name = ?", (name,)).fetchone()
            return row and row[0]

    def delete(self, name: str) -> bool:
        with self._open() as database:
            return database.execute("DELETE FROM documents WHERE name = ?", (name,)).rowcount == 1

    def latest(self, limit: int) -> list[dict[str, str]]:
        return self._rows("SELECT name, text FROM documents ORDER BY rowid DESC LIMIT ?", limit)

    def search(self, query: str, limit: int) -> list[dict[str, str]]:
        """Documents that hold any word of the query, the best first."""
        # Quoted, so that no word is read as an operator of the index.
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        if not words:
            return []
        return self._rows("SELECT name, text FROM documents WHERE documents MATCH ? ORDER BY rank LIMIT ?", words, limit)

    def _rows(self, statement: str, *values: str | int) -> list[dict[str, str]]:
        with self._open() as database:
            return [{"name": name, "text": text} for name, text in database.execute(statement, values)]

    @contextmanager
    def _open(self, mode: str = "rw") -> Iterator[sqlite3.Connection]:
        """`rw` fails where the file is gone, instead of starting an empty one."""
        database = sqlite3.connect(f"file:{self._file}?mode={mode}", uri=True, timeout=2)
        try:
            with database:
                yield database
        finally:
            database.close()
