"""What ``lookout watchlist`` does: checks, adds, and adds up."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from agents.catalog import catalog
from agents.contract import TargetKind
from orchestrator.cli.inputs import monitor_trigger, read_watchlist
from orchestrator.cli.outcome import write_whole
from orchestrator.cli.tables import show_table
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.domain.watchlist import Watchlist
from orchestrator.errors import WatchlistError
from orchestrator.planning.appending import appended, kind_and_place
from orchestrator.planning.costs import Cost, costs
from orchestrator.planning.documents import read_text
from orchestrator.planning.locations import check_paths
from orchestrator.planning.planner import make_plan
from orchestrator.settings import Settings, get_settings

_COSTS = ("service", "targets", "first look", "each look", "a day", "busiest hour", "allowed an hour", "")


def check(path: Path, *, online: bool, as_json: bool) -> None:
    """Say what is wrong with a watchlist. Raises ``WatchlistError`` where anything is."""
    watchlist = read_watchlist(path)
    plan = make_plan(monitor_trigger(watchlist), specs=catalog())
    if online:
        _ask(watchlist)
    if as_json:
        told = {"targets": len(watchlist.targets), "steps": len(plan.steps), "unserved": plan.unserved}
        show_json({"watchlist": watchlist.name, **told, "asked": online})
        return
    for gap in plan.unserved:
        say(f"not looked at: {gap}")
    show(f"{path}: {_counted(len(watchlist.targets), 'target')}, {_counted(len(plan.steps), 'step')} at each look")


def add(path: Path, word: str, *, said: Mapping[str, object]) -> None:
    """Add a target to a watchlist's file, once the whole file with it is right; else nothing is written."""
    try:
        kind, place = kind_and_place(word, folder=path.absolute().parent)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    document = read_text(path) if path.exists() else ""
    text, watchlist = appended(document, {str(kind): place, **said}, path=path)
    problems = check_paths(watchlist)
    if problems:
        raise WatchlistError(*(str(problem) for problem in problems))
    _replace(path, text, document=document)
    show(f"{path}: {watchlist.targets[-1].id} added, {_counted(len(watchlist.targets), 'target')} now")


def _replace(path: Path, text: str, *, document: str) -> None:
    """Write the file where it really is, with the mode that it has. Raises ``WatchlistError`` where it may not be."""
    file = path.resolve()
    if not file.exists():
        write_whole(file, text)
        return
    if not os.stat(file).st_mode & 0o222 or not os.access(file, os.W_OK):  # noqa: PTH116  beside os.access
        raise WatchlistError(f"{path}: may not be written; change its mode, or run as its owner")
    if read_text(file) != document:
        raise WatchlistError(f"{path}: somebody else has just changed it; look at it, and add again")
    write_whole(file, text, mode=os.stat(file).st_mode & 0o777)  # noqa: PTH116  the same


def cost(path: Path, *, as_json: bool) -> None:
    """Show what a watchlist asks of outside services."""
    settings = get_settings()
    found = costs(read_watchlist(path), token=_has_token(settings), indexes=_indexes(settings))
    if as_json:
        show_json([{**asdict(one), "fits": one.fits, "first_hours": one.first_hours} for one in found])
        return
    nothing = "asks no outside service: everything that it watches is on this machine"
    show_table(_COSTS, (_cells(one, token=_has_token(settings)) for one in found), empty=f"{path} {nothing}")


def _cells(cost: Cost, *, token: bool) -> tuple[str, ...]:
    """Return one service as cells."""
    allowed = "no limit named" if cost.allowed_per_hour is None else f"{cost.allowed_per_hour:,}"
    numbers = (cost.targets, cost.first, cost.again, cost.per_day, cost.busiest_hour)
    return (cost.service, *(f"{number:,}" for number in numbers), allowed, _verdict(cost, token=token))


def _verdict(cost: Cost, *, token: bool) -> str:
    """Return whether it fits, and what to do where it does not."""
    if not cost.fits:
        remedy = "raise max_age" if token else "set GITHUB_TOKEN, or raise max_age"
        return f"too much: looks wait for the limit; {remedy}"
    if cost.first_hours:
        return f"fits; the first look takes about {cost.first_hours} hours"
    return "fits"


def _has_token(settings: Settings) -> bool:
    """Whether GitHub is told who asks."""
    return settings.github_token is not None


def _indexes(settings: Settings) -> frozenset[str]:
    """Return the ecosystems whose index is set up."""
    given = {"pypi": settings.pypi_url, "npm": settings.npm_url}
    return frozenset(name for name, address in given.items() if address)


def _ask(watchlist: Watchlist) -> None:
    """Ask the services about each target that lies there. Raises ``WatchlistError`` with all that is not there."""
    from orchestrator.cli.asking import faults  # noqa: PLC0415  an HTTP client is for those who want to be online

    outside = [target for target in watchlist.targets if target.kind in _OUTSIDE]
    say(f"asking about {_counted(len(outside), 'target')}")
    found = tuple(faults(watchlist, outside, settings=get_settings()))
    if found:
        raise WatchlistError(*found)


_OUTSIDE = frozenset({TargetKind.GITHUB, TargetKind.FEED})


def _counted(number: int, noun: str) -> str:
    """Return the number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
