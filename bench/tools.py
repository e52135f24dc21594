"""The yardstick programs that lie beside the repository on some machines, run in the same run where they are."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.measure import TOOLS

LIMIT_SECONDS = 180


def found(program: str) -> bool:
    """Say whether a yardstick program is there."""
    return (TOOLS / program).is_file()


def limits(program: str, *arguments: str) -> list[dict[str, Any]]:
    """Run a yardstick program for a second a section; gives its JSON lines. Raises CalledProcessError with its text."""
    done = subprocess.run(
        [sys.executable, str(TOOLS / program), *arguments, "--small", "--seconds", "1"], capture_output=True, text=True,
        check=True, timeout=LIMIT_SECONDS,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def commit_rate(folder: Path) -> float:
    """Give the durable scans per second of `limit_sqlite.py`'s section commit: sqlite3, WAL, FULL."""
    return next(
        float(line["per_s"])
        for line in limits("limit_sqlite.py", "--only", "commit", "--dir", str(folder))
        if line.get("driver") == "sqlite3" and line["journal"] == "WAL" and line["synchronous"] == "FULL"
    )


def fifo_p50_ms(folder: Path) -> float:
    """Give the median order of `limit_sqlite.py`'s section fifo, without dead batches."""
    return next(
        float(line["p50_ms"])
        for line in limits("limit_sqlite.py", "--only", "fifo", "--dir", str(folder))
        if line.get("dead_per_item") == 0
    )


def one_statement_rate(dsn: str) -> float:
    """Give the scans per second of `limit_pg.py`'s one statement over 16 connections."""
    return next(
        float(line["per_s"])
        for line in limits("limit_pg.py", dsn, "--only", "commit")
        if line.get("how") == "one statement" and line["connections"] == 16 and line["synchronous_commit"] == "on"
    )
