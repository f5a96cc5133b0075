"""Runs and schedules as tables and trees."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from rich.table import Table

from orchestrator.cli.drawing import show_plan
from orchestrator.cli.people import NOBODY, People
from orchestrator.cli.terminal import cell, for_people, screen, show, show_cells, show_json
from orchestrator.cli.watching import states
from orchestrator.domain.watchlist import CatchUp
from orchestrator.planning.durations import duration_text
from orchestrator.scheduling.schedules import Scheduled
from orchestrator.store.runs import RunLine, RunView

_RUNS = ("run", "state", "kind", "subject", "steps", "findings", "started", "took")
_SCHEDULES = ("schedule", "every", "targets", "state", "next due", "last due", "last run", "note")
_QUIET_ENDS = frozenset({"succeeded", "partial"})


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Show rows: a table on a terminal, where ``empty`` stands for none; lines with tabs when piped."""
    listed = list(rows)
    if not for_people(screen()):
        for row in listed:
            show_cells(row)
        return
    if not listed:
        show(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=heading == headings[0])  # a name that is copied stays in one piece
    for row in listed:
        table.add_row(*(cell(each) for each in row))
    screen().print(table)


def show_runs(lines: Sequence[RunLine], *, as_json: bool) -> None:
    """Show a list of runs."""
    if as_json:
        show_json([asdict(line) for line in lines])
    else:
        show_table(_RUNS, map(_run_cells, lines), empty="no runs yet: `lookout run WATCHLIST` starts one")


def show_schedules(schedules: Sequence[Scheduled], *, as_json: bool) -> None:
    """Show what is looked at again, and when."""
    if as_json:
        show_json([asdict(schedule) for schedule in schedules])
    else:
        rows = map(_schedule_cells, schedules)
        show_table(_SCHEDULES, rows, empty="nothing is watched: `lookout schedules watch WATCHLIST` begins")


def show_run(view: RunView, *, as_json: bool, people: People = NOBODY) -> None:
    """Show one run: the plan as it was, and beside each step what really happened."""
    if as_json:
        own = {"plan": view.plan.model_dump(mode="json"), "trigger": _trigger(view), "degraded": view.degraded}
        show_json({**asdict(view), **own, **people.as_value()})
        return
    again = f", sent again {view.epoch} times" if view.epoch else ""
    show(f"run {view.id}: {view.state}, {took(view.created_at, view.finished_at)}{again}")
    show(f"trigger: {view.kind} {view.subject}".rstrip() + f", key {view.key}")
    if view.rerun_of:
        show(f"rerun of: {view.rerun_of}")
    if view.paused_at and not view.state.ended:
        show(f"paused since {_moment(view.paused_at)} UTC: {view.paused_why}")
    if view.error:
        show(f"reason: {view.error}")
    show_plan(view.plan, states=states(view.steps))
    for attempt in view.attempts:
        if attempt.outcome not in _QUIET_ENDS:
            ended = f"{attempt.outcome or 'running'} {attempt.error or ''}".rstrip()
            show(f"{attempt.step} attempt {attempt.attempt} on {attempt.worker}: {ended}")
    for line in (*view.degraded.values(), *people.lines()):
        show(line)


def took(start: datetime, end: datetime | None) -> str:
    """Return how long something took, in words; ``-`` while it goes on."""
    return "-" if end is None else f"{(end - start).total_seconds():.1f} s"


def _run_cells(line: RunLine) -> tuple[str, ...]:
    """Return a run's cells."""
    return (
        str(line.id),
        "paused" if line.paused_at and not line.state.ended else str(line.state),
        line.kind,
        line.subject,
        f"{line.ended}/{line.steps}",
        str(line.findings),
        _moment(line.created_at),
        took(line.created_at, line.finished_at),
    )


def _schedule_cells(schedule: Scheduled) -> tuple[str, ...]:
    """Return a schedule's cells."""
    state = _state(schedule)
    run = f"{schedule.last_run} {schedule.last_state or ''}".rstrip() if schedule.last_run else "-"
    return (
        schedule.name,
        _rhythm(schedule),
        str(schedule.targets),
        state,
        _moment(schedule.next_due) if state == "active" else "-",
        _moment(schedule.last_due) if schedule.last_due else "-",
        run,
        schedule.trouble or schedule.last_note or "",
    )


def _state(schedule: Scheduled) -> str:
    """Return whether a schedule is fired, and why not."""
    if schedule.retired:
        return "retired"
    if not schedule.enabled:
        return "paused"
    return "broken" if schedule.trouble else "active"


def _rhythm(schedule: Scheduled) -> str:
    """Return how often, with what a person changed, and what becomes of missed occurrences where that is unusual."""
    often = f"{schedule.cron} {schedule.time_zone}" if schedule.cron else duration_text(schedule.every_seconds)
    missed = "" if schedule.catch_up == CatchUp.ONCE else f", missed: {schedule.catch_up}"
    changed = f", set: {', '.join(schedule.adjusted)}" if schedule.adjusted else ""
    return f"{often}{missed}{changed}"


def _moment(moment: datetime) -> str:
    """Return a point in time, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _trigger(view: RunView) -> dict[str, object]:
    """Return a trigger for JSON, its free text as its length only."""
    return {**view.trigger.model_dump(mode="json", exclude={"text"}), "text_length": len(view.trigger.text)}
