"""A watchlist as its schedules in the database say it: what ``watch`` needs to lay it out again without its file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from agents.contract import Target
from orchestrator.domain.triggers import Trigger
from orchestrator.domain.watchlist import CatchUp, Timing, Watchlist
from orchestrator.planning.options import read_options


def watchlist_of(rows: Iterable[Row[Any]]) -> Watchlist:
    """Return the watchlist that the schedules of one name came from, its targets each once.

    A folder of advisories stands in every schedule that compares with it; its own is the one that looks as often as its
    age says, where there is one.
    """
    listed = [(row, Trigger.model_validate(row.trigger)) for row in rows]
    targets: dict[str, Target] = {}
    timings: dict[str, Timing] = {}
    for row, trigger in sorted(listed, key=lambda each: bool(each[0].cron)):
        for target in trigger.targets:
            if targets.setdefault(target.id, target) is target:
                timings[target.id] = Timing(cron=row.cron, zone=row.time_zone, catch_up=CatchUp(row.catch_up))
    first, trigger = listed[0]
    options = read_options(trigger.options)
    return Watchlist(
        name=first.watchlist,
        targets=tuple(targets.values()),
        path=Path(first.path),
        hold_report=options.hold_report,
        respond=options.respond,
        timings={name: timing for name, timing in timings.items() if timing != Timing()},
    )


def jitter_of(rows: Iterable[Row[Any]], *, otherwise: float) -> float:
    """Return the jitter of a watchlist's schedules; those that follow the clock have none."""
    return next((float(row.jitter) for row in rows if not row.cron), otherwise)
