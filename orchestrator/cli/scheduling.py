"""Schedules by hand: watch a file, change one schedule, fire one now."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection

from orchestrator.cli.inputs import SOURCE
from orchestrator.cli.ledgering import ledger, made_ledger
from orchestrator.cli.passing import Wishes, see_through
from orchestrator.cli.terminal import say, show
from orchestrator.domain.watchlist import Watchlist
from orchestrator.errors import UnknownScheduleError
from orchestrator.ledger.submit import Accepted
from orchestrator.scheduling.occurrences import Fate
from orchestrator.scheduling.schedules import watch
from orchestrator.settings import Settings, get_settings
from orchestrator.store.process import engine
from orchestrator.store.runs import read_run
from orchestrator.store.tables.columns import DEFAULT_TENANT


class Change(Protocol):
    """What changes one schedule by its name. Raises ``UnknownScheduleError``."""

    def __call__(self, conn: Connection, name: str, /) -> None:
        """Change it."""
        ...


def change(name: str, *, by: Change, done: str) -> None:
    """Change one schedule and say so."""
    with ledger() as known, known.begin() as conn:
        by(conn, name)
    show(f"{name}: {done}")


def watch_over(watchlist: Watchlist) -> None:
    """Bring a watchlist's schedules to what its file says, in a ledger that is made where there is none."""
    settings = get_settings()
    with made_ledger():
        put_schedules(settings, (watchlist,))
    say("`lookout up` fires what is due")


def put_schedules(settings: Settings, watchlists: Iterable[Watchlist]) -> None:
    """Bring the schedules of watchlists to what their files say, and tell what changed."""
    for watchlist in watchlists:
        with engine().begin() as conn:
            changes = watch(conn, watchlist, jitter=settings.schedule_jitter)
        told = {
            "now watched": changes.added,
            "changed": changes.changed,
            "no longer watched": changes.retired,
            "as it was": changes.unchanged,
            "paused or set by hand, as the schedule of its targets was": changes.heirs,
        }
        for words, names in told.items():
            for name in names:
                show(f"{name}: {words}")


def fire(name: str, *, wishes: Wishes) -> int:
    """Fire one schedule now and, unless somebody else serves it and nobody waits, see its run through."""
    return see_through(get_settings(), lambda: fired(name), wishes=wishes)


def fired(name: str) -> Accepted:
    """Fire one schedule; return the run that serves it, which is its previous one where that still runs."""
    from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

    occurrence = wiring.firing().fire_now(name, source=SOURCE)
    if occurrence.run_id is None:
        raise UnknownScheduleError(f"schedule {name!r} was fired or changed in this very moment: ask again")
    with engine().connect() as conn:
        view = read_run(conn, occurrence.run_id, tenant=DEFAULT_TENANT)
    fresh = occurrence.fate is Fate.FIRED
    return Accepted(run_id=view.id, fresh=fresh, state=view.state, deadline_at=view.deadline_at)
