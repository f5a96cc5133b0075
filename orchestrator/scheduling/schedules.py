"""The schedules of watchlists: made from the file, shown, adjusted, paused, removed. A transaction is the caller's.

``path`` and ``retired`` are columns of the table beside what a schedule says: whose file it came from, and whether the
file still has its targets. Pausing and adjusting are a person's word and outlive every edit of the file: where all
targets of a schedule move to a new one, it takes that word over.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause

from orchestrator.domain.watchlist import CatchUp, Timing, Watchlist
from orchestrator.errors import BrokenScheduleError, UnknownScheduleError, WatchlistError
from orchestrator.scheduling import statements
from orchestrator.scheduling.adjusting import Adjustment, Terms, reading
from orchestrator.scheduling.changes import Changes, Entry, Stored, Words, edit
from orchestrator.scheduling.due import Rhythm
from orchestrator.scheduling.groups import groups_of
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.tables.columns import DEFAULT_TENANT
from orchestrator.store.target_changes import with_changes


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
    cron: str = ""
    """Times of the clock, which go before ``every_seconds``; empty where the age decides."""
    time_zone: str = "UTC"
    catch_up: str = CatchUp.ONCE
    """One of ``CatchUp``; of a broken one as it is stored."""
    tier: str | None = None
    """In place of every target's own, where a person said so."""
    adjusted: tuple[str, ...] = ()
    """Names of what a person changed."""
    trouble: str = ""
    """Why it cannot be read here, with the remedy: then it is not fired, and what the file says is shown."""


def watch(conn: Connection, watchlist: Watchlist, *, jitter: float, tenant: str = DEFAULT_TENANT) -> Changes:
    """Bring a watchlist's schedules to what its file says; return what changed.

    Called again with the same file it changes nothing. WatchlistError where another file of that name is watched.
    """
    name, path = clean_text(watchlist.name), clean_text(str(watchlist.path))
    shared = {"tenant": tenant, "watchlist": name, "path": path}
    rows = conn.execute(statements.LOCK_WATCHLIST, shared).all()
    _refuse_twin(watchlist, others={row.path for row in rows if row.watchlist == name and not row.retired} - {path})
    stored = [_stored(row) for row in rows]
    now = conn.execute(statements.CLOCK).scalar_one()
    watchlist = _as_changed(conn, watchlist, name=name, tenant=tenant)
    plan = edit(groups_of(watchlist), stored=stored, jitter=jitter, now=now)
    if plan.entries:
        conn.execute(statements.PUT_SCHEDULE, [{**shared, **_row(entry)} for entry in plan.entries])
    conn.execute(statements.RETIRE, {"tenant": tenant, "names": list(plan.changes.retired)})
    conn.execute(statements.SET_PATH, shared)
    return plan.changes


def _as_changed(conn: Connection, watchlist: Watchlist, *, name: str, tenant: str) -> Watchlist:
    """Return a watchlist with what actions changed about its targets.

    A changed age takes the place of a clock's times; what becomes of missed occurrences stays.
    """
    targets, aged = with_changes(conn, watchlist.targets, watchlist=name, tenant=tenant)
    timings = {
        target: Timing(catch_up=timing.catch_up) if target in aged else timing
        for target, timing in watchlist.timings.items()
    }
    return watchlist.model_copy(update={"targets": targets, "timings": timings})


def list_schedules(conn: Connection, *, tenant: str = DEFAULT_TENANT) -> tuple[Scheduled, ...]:
    """Return all schedules, by watchlist, the most frequent first."""
    rows = conn.execute(statements.LIST, {"tenant": tenant})
    return tuple(_scheduled(row) for row in rows)


def adjust(conn: Connection, name: str, adjustment: Adjustment, *, tenant: str = DEFAULT_TENANT) -> Terms:
    """Change a schedule until ``reset``, whatever its file says; return what holds for it now.

    A new rhythm counts at once: by age, the next look comes no later than that age from now. UnknownScheduleError where
    there is none of that name; BrokenScheduleError where it could still not be read here.
    """
    row = _locked(conn, name, tenant=tenant)
    with reading(name):
        return _put(conn, row, Adjustment.model_validate(row.adjusted).then(adjustment))


def reset(conn: Connection, name: str, *, tenant: str = DEFAULT_TENANT) -> Terms:
    """Let a schedule be as its file says again. Errors as above."""
    row = _locked(conn, name, tenant=tenant)
    with reading(name):
        return _put(conn, row, Adjustment())


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


def _locked(conn: Connection, name: str, *, tenant: str) -> Row[Any]:
    """Return the locked row of a schedule that must be there."""
    row = conn.execute(statements.LOCK_ONE, {"tenant": tenant, "name": name}).one_or_none()
    if row is None:
        raise UnknownScheduleError(f"no schedule is called {name!r}; `lookout schedules` lists those that exist")
    return row


def _put(conn: Connection, row: Row[Any], adjustment: Adjustment) -> Terms:
    """Write an adjustment down, with the next time by it where the rhythm is another one now."""
    after = Terms.merged(row, adjustment)
    due = row.next_due if _rhythm_of(row) == after.rhythm else _next_by(after, row)
    told = {"tenant": row.tenant, "name": row.name, "adjusted": to_json(adjustment.given), "next": due}
    conn.execute(statements.ADJUST, told)
    return after


def _rhythm_of(row: Row[Any]) -> Rhythm | None:
    """Return a schedule's rhythm; None where it cannot be read here, which a change may mend."""
    try:
        return Terms.of(row).rhythm
    except BrokenScheduleError:
        return None


def _next_by(terms: Terms, row: Row[Any]) -> datetime:
    """Return when a schedule falls due by a new rhythm: by the clock, or when data from now has aged."""
    if terms.rhythm.cron:
        return terms.rhythm.cron.after(row.now)
    aged: datetime = min(row.next_due, row.now + timedelta(seconds=terms.rhythm.every_seconds))
    return aged


def _scheduled(row: Row[Any]) -> Scheduled:
    """Return a schedule with what holds for it, or with what is wrong with it."""
    try:
        terms = Terms.of(row)
    except BrokenScheduleError as error:
        known = {key: value for key, value in row._mapping.items() if key != "adjusted"}  # noqa: SLF001  as below
        return Scheduled(**known, trouble=str(error))
    rhythm = terms.rhythm
    held = {
        "every_seconds": rhythm.every_seconds,
        "jitter": rhythm.jitter,
        "cron": rhythm.cron.expression if rhythm.cron else "",
        "time_zone": rhythm.cron.zone if rhythm.cron else "UTC",
        "catch_up": terms.catch_up,
        "tier": terms.tier,
        "adjusted": terms.adjusted,
    }
    return Scheduled(**{**row._mapping, **held})  # noqa: SLF001  SQLAlchemy's public name for it


def _refuse_twin(watchlist: Watchlist, *, others: set[str]) -> None:
    """Refuse a second file of one name, which would take over the first one's schedules; a file may move."""
    for other in sorted(path for path in others if os.path.lexists(path)):
        raise WatchlistError(
            f"{watchlist.path}: name: {watchlist.name!r} is what {other} is watched as; give one of them another name, "
            "or remove that one's schedules"
        )


def _stored(row: Row[Any]) -> Stored:
    """Return a schedule as an edit sees it."""
    words = Words(row.enabled, row.adjusted)
    return Stored(row.name, row.trigger, jitter=row.jitter, retired=row.retired, next_due=row.next_due, words=words)


def _row(entry: Entry) -> dict[str, Any]:
    """Return what one schedule is written down with."""
    return {
        "name": entry.group.name,
        "trigger": to_json(entry.group.trigger),
        "due": entry.due,
        "enabled": entry.words.enabled,
        "adjusted": to_json(entry.words.adjusted),
        **entry.terms,
    }
