"""Changing a live run from the command line."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import click

from agents.catalog import catalog
from agents.contract import AgentSpec, utc
from orchestrator.cli.approving import this_user
from orchestrator.cli.exits import Exit
from orchestrator.cli.ledgering import ledger
from orchestrator.cli.terminal import show
from orchestrator.domain.triggers import Priority
from orchestrator.oversight.adding import Add, Wanted
from orchestrator.oversight.changes import By, Change, Drop, Hold, Redate, Release, Reprioritise, change_run
from orchestrator.planning.durations import parse_duration
from orchestrator.planning.problems import unknown
from orchestrator.settings import get_settings
from orchestrator.store.runs import find_run
from orchestrator.store.tables.columns import DEFAULT_TENANT

_KEYS = ("target", "agent", "needs", "name")
_ADD = "describes no step; write a capability and what it is about, as in 'analyse:health target=flask'"


@dataclass(frozen=True)
class Wishes:
    """What a person wants changed in a run."""

    drop: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    priority: str | None = None
    deadline: str | None = None
    hold: bool | None = None
    why: str = ""
    who: str | None = None


def change(run: str, *, wishes: Wishes) -> int:
    """Change a run, all or nothing; return the exit code. UsageError for words that mean nothing."""
    changes = tuple(_changes(wishes))
    if not changes:
        raise click.UsageError("nothing to change: give --drop, --add, --priority, --deadline, --hold or --release")
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
    for words in wishes.add:
        yield Add(_wanted(words), specs=_specs(), max_losses=get_settings().max_losses)
    if wishes.priority is not None:
        yield Reprioritise(_priority(wishes.priority), specs=catalog())
    if wishes.deadline is not None:
        yield Redate(_deadline(wishes.deadline))
    if wishes.hold is not None:
        yield Hold() if wishes.hold else Release()


def _priority(word: str) -> Priority:
    """Return the priority of that name."""
    names = {priority.name.lower(): priority for priority in Priority}
    if word.lower() not in names:
        raise click.UsageError(f"--priority: {word!r} {unknown(word, what='priority', known=names)}")
    return names[word.lower()]


def _deadline(word: str) -> float | datetime:
    """Return the seconds of a span of time, or a moment; one without a zone is in UTC."""
    try:
        return parse_duration(word)
    except ValueError as error:
        fault = str(error)
    try:
        return utc(datetime.fromisoformat(word.strip()))
    except ValueError as error:
        raise click.UsageError(
            f"--deadline: {word!r} {fault}; or a moment in ISO 8601, as in 2026-03-01T18:00Z (UTC without a zone)"
        ) from error


def _wanted(words: str) -> Wanted:
    """Return the step that words describe: a capability, then ``target=``, ``agent=``, ``needs=``, ``name=``."""
    try:
        capability, *others = shlex.split(words)
    except ValueError as error:
        raise click.UsageError(f"--add: {words!r} {_ADD}") from error
    given: dict[str, str] = {}
    for other in others:
        key, equals, value = other.partition("=")
        if not equals or not value or key in given:
            raise click.UsageError(f"--add: {other!r} is no KEY=VALUE, or is given twice; {words!r} {_ADD}")
        if key not in _KEYS:
            raise click.UsageError(f"--add: {key!r} {unknown(key, what='key of a step', known=_KEYS)}")
        given[key] = value
    needs = tuple(name.strip() for name in given.pop("needs", "").split(",") if name.strip())
    return Wanted(capability, needs=needs, **given)


def _specs() -> Mapping[str, AgentSpec]:
    """Return the catalogue, in which no agent may fail more often than the settings let it."""
    most = get_settings().max_failures
    return {
        name: spec.model_copy(update={"max_failures": min(most, spec.max_failures)}) for name, spec in catalog().items()
    }
