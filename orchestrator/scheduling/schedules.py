"""The schedules of watchlists: made from the file, shown, paused, resumed, removed. A transaction is the caller's.

``path`` and ``retired`` are columns of the table beside what a schedule says: whose file it came from, and whether the
file still has its targets. Pausing is a person's word and outlives every edit of the file.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause

from orchestrator.domain.watchlist import Watchlist
from orchestrator.errors import UnknownScheduleError, WatchlistError
from orchestrator.scheduling import statements
from orchestrator.scheduling.changes import Changes, Entry, Stored, edit
from orchestrator.scheduling.groups import groups_of
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.tables.columns import DEFAULT_TENANT


@dataclass(frozen=True)
class Scheduled:
    """One schedule as people see it, with its latest occurrence, if any."""

    name: str
    watchlist: str
    path: str
    every_seconds: float
    jitter: float
    enabled: bool
    """False where somebody paused it."""
    retired: bool
    """Whether the watchlist no longer has its targets."""
    next_due: datetime
    targets: int
    last_due: datetime | None
    last_fired_at: datetime | None
    last_run: UUID | None
    last_note: str | None
    last_state: str | None
    """The state of that run."""


def watch(conn: Connection, watchlist: Watchlist, *, jitter: float, tenant: str = DEFAULT_TENANT) -> Changes:
    """Bring a watchlist's schedules to what its file says; return what changed.

    Called again with the same file it changes nothing. WatchlistError where another file of that name is watched.
    """
    name, path = clean_text(watchlist.name), clean_text(str(watchlist.path))
    shared = {"tenant": tenant, "watchlist": name, "path": path}
    rows = conn.execute(statements.LOCK_WATCHLIST, shared).all()
    _refuse_twin(watchlist, others={row.path for row in rows if row.watchlist == name and not row.retired} - {path})
    stored = [Stored(row.name, row.trigger, jitter=row.jitter, retired=row.retired) for row in rows]
    now = conn.execute(statements.CLOCK).scalar_one()
    plan = edit(groups_of(watchlist), stored=stored, jitter=jitter, now=now)
    if plan.entries:
        conn.execute(statements.PUT_SCHEDULE, [{**shared, **_row(entry)} for entry in plan.entries])
    conn.execute(statements.RETIRE, {"tenant": tenant, "names": list(plan.changes.retired)})
    conn.execute(statements.SET_PATH, shared)
    return plan.changes


def list_schedules(conn: Connection, *, tenant: str = DEFAULT_TENANT) -> tuple[Scheduled, ...]:
    """Return all schedules, by watchlist, the most frequent first."""
    rows = conn.execute(statements.LIST, {"tenant": tenant})
    return tuple(Scheduled(**row._mapping) for row in rows)  # noqa: SLF001  SQLAlchemy's public name for it


def pause(conn: Connection, name: str, *, tenant: str = DEFAULT_TENANT) -> None:
    """Let a schedule fire no more. UnknownScheduleError where there is none of that name."""
    _change(conn, statements.PAUSE, name, tenant=tenant)


def resume(conn: Connection, name: str, *, tenant: str = DEFAULT_TENANT) -> None:
    """Let a schedule fire again: at once where it fell due meanwhile. UnknownScheduleError as above."""
    _change(conn, statements.RESUME, name, tenant=tenant)


def remove(conn: Connection, name: str, *, tenant: str = DEFAULT_TENANT) -> None:
    """Forget a schedule; its runs stay, and watching its file again makes it anew. UnknownScheduleError as above."""
    _change(conn, statements.REMOVE, name, tenant=tenant)


def _change(conn: Connection, statement: TextClause, name: str, *, tenant: str) -> None:
    """Change one schedule that must be there."""
    if conn.execute(statement, {"tenant": tenant, "name": name}).one_or_none() is None:
        raise UnknownScheduleError(f"no schedule is called {name!r}; `lookout schedules` lists those that exist")


def _refuse_twin(watchlist: Watchlist, *, others: set[str]) -> None:
    """Refuse a second file of one name, which would take over the first one's schedules; a file may move."""
    for other in sorted(path for path in others if os.path.lexists(path)):
        raise WatchlistError(
            f"{watchlist.path}: name: {watchlist.name!r} is what {other} is watched as; give one of them another name, "
            "or remove that one's schedules"
        )


def _row(entry: Entry) -> dict[str, Any]:
    """Return what one schedule is written down with."""
    return {
        "name": entry.group.name,
        "trigger": to_json(entry.group.trigger),
        "every": entry.group.every_seconds,
        "jitter": entry.jitter,
        "due": entry.due,
    }
