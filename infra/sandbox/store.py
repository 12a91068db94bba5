"""What the sandbox remembers: one SQLite file that outlives a restart and a kill -9.

Everything here is synchronous and short. The sandbox is one process with one event loop, so a
transaction without an await in it is also alone.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, created_at TEXT NOT NULL, status TEXT NOT NULL,
  payment_id TEXT, method TEXT, due_at TEXT, body TEXT NOT NULL, inner TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_newest ON objects (kind, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS keys (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, answer TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notices (
  no INTEGER PRIMARY KEY, event TEXT NOT NULL, object_id TEXT NOT NULL, url TEXT NOT NULL,
  body TEXT NOT NULL, first_at TEXT NOT NULL, due_at TEXT, attempts INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT 'waiting');
CREATE INDEX IF NOT EXISTS notices_due ON notices (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS faults (
  no INTEGER PRIMARY KEY, operation TEXT NOT NULL, kind TEXT NOT NULL, times INTEGER NOT NULL,
  seconds REAL NOT NULL);
"""


@dataclass
class Kept:
    """One object of the API. `body` is what the API shows; `inner` what only the sandbox knows."""

    id: str
    kind: str
    created_at: str
    status: str
    body: dict[str, Any]
    payment_id: str | None = None
    method: str | None = None
    due_at: str | None = None
    inner: dict[str, Any] = field(default_factory=dict)


class Store:
    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        self.db.row_factory = sqlite3.Row
        # WAL with NORMAL loses nothing when the process is killed; only a power cut may undo the last.
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(_SCHEMA)

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; the write lock is taken at once. Never await inside."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def save(self, kept: Kept) -> None:
        self.db.execute(
            "INSERT INTO objects (id, kind, created_at, status, payment_id, method, due_at, body, inner)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
            " due_at = excluded.due_at, body = excluded.body, inner = excluded.inner",
            (
                kept.id,
                kept.kind,
                kept.created_at,
                kept.status,
                kept.payment_id,
                kept.method,
                kept.due_at,
                _text(kept.body),
                _text(kept.inner),
            ),
        )

    def get(self, kind: str, id: str) -> Kept | None:
        row = self.db.execute("SELECT * FROM objects WHERE id = ? AND kind = ?", (id, kind)).fetchone()
        return _kept(row) if row else None

    def remove(self, kind: str, id: str) -> bool:
        return self.db.execute("DELETE FROM objects WHERE id = ? AND kind = ?", (id, kind)).rowcount > 0

    def page(self, kind: str, wanted: dict[str, str | None], after: tuple[str, str], most: int) -> list[Kept]:
        """Newest first, older than `after` (created_at, id). Keys of `wanted`: gte, gt, lte, lt, status,
        payment_id, method; None asks nothing."""
        rows = self.db.execute(
            "SELECT * FROM objects WHERE kind = :kind AND (created_at, id) < (:after_at, :after_id)"
            " AND (:gte IS NULL OR created_at >= :gte) AND (:gt IS NULL OR created_at > :gt)"
            " AND (:lte IS NULL OR created_at <= :lte) AND (:lt IS NULL OR created_at < :lt)"
            " AND (:status IS NULL OR status = :status) AND (:method IS NULL OR method = :method)"
            " AND (:payment_id IS NULL OR payment_id = :payment_id)"
            " ORDER BY created_at DESC, id DESC LIMIT :most",
            {
                **dict.fromkeys(("gte", "gt", "lte", "lt", "status", "payment_id", "method")),
                **wanted,
                "kind": kind,
                "after_at": after[0],
                "after_id": after[1],
                "most": most,
            },
        ).fetchall()
        return [_kept(row) for row in rows]

    def due(self, at: str) -> list[Kept]:
        """Objects that something must happen to by now, the longest waiting first."""
        rows = self.db.execute(
            "SELECT * FROM objects WHERE due_at <= ? ORDER BY due_at LIMIT 100", (at,)
        ).fetchall()
        return [_kept(row) for row in rows]


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _kept(row: sqlite3.Row) -> Kept:
    values = dict(row)
    return Kept(**values | {"body": json.loads(row["body"]), "inner": json.loads(row["inner"])})
