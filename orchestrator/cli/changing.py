"""Changing a live run from the command line."""

from collections.abc import Iterator
from dataclasses import dataclass

import click

from agents.catalog import catalog
from orchestrator.cli.approving import this_user
from orchestrator.cli.exits import Exit
from orchestrator.cli.ledgering import ledger
from orchestrator.cli.terminal import show
from orchestrator.domain.triggers import Priority
from orchestrator.oversight.changes import By, Change, Drop, Hold, Redate, Release, Reprioritise, change_run
from orchestrator.planning.durations import parse_duration
from orchestrator.planning.problems import unknown
from orchestrator.store.runs import find_run
from orchestrator.store.tables.columns import DEFAULT_TENANT


@dataclass(frozen=True)
class Wishes:
    """What a person wants changed in a run."""

    drop: tuple[str, ...] = ()
    priority: str | None = None
    deadline: str | None = None
    hold: bool | None = None
    why: str = ""
    who: str | None = None


def change(run: str, *, wishes: Wishes) -> int:
    """Change a run, all or nothing; return the exit code. UsageError for words that mean nothing."""
    changes = tuple(_changes(wishes))
    if not changes:
        raise click.UsageError("nothing to change: give --drop, --priority, --deadline, --hold or --release")
    with ledger() as engine:
        with engine.connect() as conn:
            run_id = find_run(conn, run, tenant=DEFAULT_TENANT)
        change_run(engine, run_id, changes, by=By(wishes.who or this_user(), wishes.why))
    show(f"run {run_id}: changed ({', '.join(each.what for each in changes)})")
    return Exit.OK


def _changes(wishes: Wishes) -> Iterator[Change]:
    """Yield what is asked for; what ends the run, a release, comes last."""
    for step in wishes.drop:
        yield Drop(step)
    if wishes.priority is not None:
        yield Reprioritise(_priority(wishes.priority), specs=catalog())
    if wishes.deadline is not None:
        yield Redate(_seconds(wishes.deadline))
    if wishes.hold is not None:
        yield Hold() if wishes.hold else Release()


def _priority(word: str) -> Priority:
    """Return the priority of that name."""
    names = {priority.name.lower(): priority for priority in Priority}
    if word.lower() not in names:
        raise click.UsageError(f"--priority: {word!r} {unknown(word, what='priority', known=names)}")
    return names[word.lower()]


def _seconds(word: str) -> int:
    """Return the seconds of a span of time."""
    try:
        return parse_duration(word)
    except ValueError as error:
        raise click.UsageError(f"--deadline: {word!r} {error}") from error
