"""The floor: the least durable writes one approval run needs, and nothing else.

A cycle is two transactions: one inserts a run with its snapshot, one reads the
snapshot and updates both. ``steps`` commits once per step. No engine can do less on the
same disk; ours writes each step's outcome before the next one starts.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Protocol

TABLES = """
CREATE TABLE floor_run (
    id TEXT PRIMARY KEY, workflow TEXT NOT NULL, status TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL, updated DOUBLE PRECISION NOT NULL);
CREATE INDEX floor_run_status ON floor_run (status, created);
CREATE TABLE floor_snapshot (run_id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE floor_step (
    run_id TEXT, seq INTEGER, data TEXT NOT NULL, PRIMARY KEY (run_id, seq));
"""
STEP = '{"amount": 1}'


class Floor(Protocol):
    """One raw database; every method is durable when it returns."""

    def cycle(self) -> None: ...

    def steps(self, count: int) -> list[float]: ...

    def read(self, size: int) -> float:
        """Seconds to read and parse a value of ``size`` characters."""
        ...

    def close(self) -> None: ...


def asked(number: str) -> dict[str, Any]:
    """A run that waits for its answer."""
    output = {"request_id": number, "amount": 200}
    question = {"status": "suspended", "suspend": {"reason": "approval", "amount": 200}}
    return {
        "input": {"request_id": number, "amount": 100},
        "steps": {"prepare": {"status": "success", "output": output}, "ask": question},
    }


def answered(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The same run, answered and finished."""
    result = {"request_id": snapshot["input"]["request_id"], "status": "approved"}
    answer = {"status": "success", "resume": {"approved": True, "comment": "ok"}}
    finish = {"status": "success", "output": result}
    steps = {**snapshot["steps"], "ask": answer, "finish": finish}
    return {**snapshot, "steps": steps, "result": result}


class SqliteFloor:
    """``sqlite3`` in WAL mode with ``synchronous=FULL``; one lock round a write."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        self._db.executescript(TABLES)

    def cycle(self) -> None:
        run_id, now = str(uuid.uuid4()), time.time()
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "INSERT INTO floor_run VALUES (?, 'approval', 'suspended', ?, ?)",
                (run_id, now, now),
            )
            self._db.execute(
                "INSERT INTO floor_snapshot VALUES (?, ?)",
                (run_id, json.dumps(asked(run_id))),
            )
            self._db.execute("COMMIT")
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            (data,) = self._db.execute(
                "SELECT data FROM floor_snapshot WHERE run_id = ?", (run_id,)
            ).fetchone()
            self._db.execute(
                "UPDATE floor_run SET status = 'success', updated = ? "
                "WHERE id = ? AND status = 'suspended'",
                (time.time(), run_id),
            )
            self._db.execute(
                "UPDATE floor_snapshot SET data = ? WHERE run_id = ?",
                (json.dumps(answered(json.loads(data))), run_id),
            )
            self._db.execute("COMMIT")

    def steps(self, count: int) -> list[float]:
        run_id, seconds = str(uuid.uuid4()), []
        for seq in range(count):
            began = time.perf_counter()
            self._db.execute(
                "INSERT INTO floor_step VALUES (?, ?, ?)", (run_id, seq, STEP)
            )
            seconds.append(time.perf_counter() - began)
        return seconds

    def read(self, size: int) -> float:
        key = str(uuid.uuid4())
        row = (key, json.dumps("x" * size))
        self._db.execute("INSERT INTO floor_snapshot VALUES (?, ?)", row)
        began = time.perf_counter()
        found = self._db.execute(
            "SELECT data FROM floor_snapshot WHERE run_id = ?", (key,)
        )
        json.loads(found.fetchone()[0])
        return time.perf_counter() - began

    def close(self) -> None:
        self._db.close()


class PostgresFloor:
    """psycopg over TCP, plain transactions, ``synchronous_commit=on``."""

    def __init__(self, url: str) -> None:
        from psycopg_pool import ConnectionPool

        self._pool = ConnectionPool(
            url, min_size=4, max_size=32, kwargs={"autocommit": True}, open=True
        )
        with self._pool.connection() as db:
            db.execute(TABLES)

    def cycle(self) -> None:
        run_id, now = str(uuid.uuid4()), time.time()
        with self._pool.connection() as db, db.transaction():
            db.execute(
                "INSERT INTO floor_run VALUES (%s, 'approval', 'suspended', %s, %s)",
                (run_id, now, now),
            )
            db.execute(
                "INSERT INTO floor_snapshot VALUES (%s, %s)",
                (run_id, json.dumps(asked(run_id))),
            )
        with self._pool.connection() as db, db.transaction():
            row = db.execute(
                "SELECT data FROM floor_snapshot WHERE run_id = %s", (run_id,)
            ).fetchone()
            assert row is not None
            db.execute(
                "UPDATE floor_run SET status = 'success', updated = %s "
                "WHERE id = %s AND status = 'suspended'",
                (time.time(), run_id),
            )
            db.execute(
                "UPDATE floor_snapshot SET data = %s WHERE run_id = %s",
                (json.dumps(answered(json.loads(row[0]))), run_id),
            )

    def steps(self, count: int) -> list[float]:
        run_id, seconds = str(uuid.uuid4()), []
        with self._pool.connection() as db:
            for seq in range(count):
                began = time.perf_counter()
                db.execute(
                    "INSERT INTO floor_step VALUES (%s, %s, %s)", (run_id, seq, STEP)
                )
                seconds.append(time.perf_counter() - began)
        return seconds

    def read(self, size: int) -> float:
        key = str(uuid.uuid4())
        with self._pool.connection() as db:
            row = (key, json.dumps("x" * size))
            db.execute("INSERT INTO floor_snapshot VALUES (%s, %s)", row)
            began = time.perf_counter()
            found = db.execute(
                "SELECT data FROM floor_snapshot WHERE run_id = %s", (key,)
            ).fetchone()
            assert found is not None
            json.loads(found[0])
            return time.perf_counter() - began

    def close(self) -> None:
        self._pool.close()
