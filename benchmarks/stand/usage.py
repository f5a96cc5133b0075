"""What processes and the database used so far; the difference of two looks is what happened in between."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil
import psycopg

_COUNTERS = """
    SELECT (SELECT sum(xact_commit) FROM pg_stat_database)::bigint,
           (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')::bigint
"""


@dataclass(frozen=True)
class Counters:
    """What Postgres counted since it started: commits of all databases, and how often the log was forced to disk."""

    commits: int
    fsyncs: int

    def since(self, earlier: "Counters") -> "Counters":
        """Return what was counted after an earlier look."""
        return Counters(self.commits - earlier.commits, self.fsyncs - earlier.fsyncs)


def read_counters(connection: psycopg.Connection) -> Counters:
    """Return the counters now; a backend tells its own about once a second."""
    row = connection.execute(_COUNTERS).fetchone()
    return Counters(*row) if row else Counters(0, 0)


def processor_seconds(pids: Iterable[int]) -> float:
    """Return the processor time of processes and of everything below them, children that have ended included."""
    return sum(_seconds(process) for pid in pids for process in tree(pid))


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and all below it; empty where it has ended."""
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def memory_mb(pids: Iterable[int]) -> float:
    """Return the sum of USS, in MB, of processes and of everything below them."""
    return round(sum(_uss(process) for pid in pids for process in tree(pid)) / (1 << 20), 1)


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        used = process.cpu_times()
        return float(used.user + used.system + used.children_user + used.children_system)
    return 0.0


def _uss(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_full_info().uss)
    return 0
