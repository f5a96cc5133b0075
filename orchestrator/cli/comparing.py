"""Attempts and differences as tables: what was tried, and what one run has that another had not."""

from collections.abc import Iterable
from dataclasses import asdict
from uuid import UUID

import click
from sqlalchemy import Connection

from orchestrator.cli.ledgering import ledger
from orchestrator.cli.tables import show_table
from orchestrator.cli.terminal import show, show_json
from orchestrator.oversight.withheld import check_shown
from orchestrator.store.differences import (
    AttemptChange,
    FindingChange,
    RunDifference,
    Side,
    StepChange,
    attempts_at,
    pair_of,
    read_difference,
)
from orchestrator.store.runs import AttemptLine, RunView, find_run, read_run
from orchestrator.store.tables.columns import DEFAULT_TENANT

_ATTEMPTS = ("step", "attempt", "agent", "worker", "began", "took", "outcome", "error")
_FINDINGS = ("finding", "what", "severity", "confidence", "target", "title")
_STEPS = ("step", "state", "took", "attempts", "")
_TRIES = ("run", "attempt", "agent", "worker", "began", "took", "outcome", "differs in", "error")


def show_attempts(view: RunView, *, as_json: bool) -> None:
    """Show every attempt at every step of a run, in plan order."""
    if as_json:
        show_json([asdict(attempt) for attempt in view.attempts])
        return
    rows = ((attempt.step, *attempt_cells(attempt)) for attempt in view.attempts)
    removed = "its attempts were removed for their age"
    show_table(_ATTEMPTS, rows, empty=removed if view.pruned_at else "nothing was tried yet")


def attempt_cells(attempt: AttemptLine) -> tuple[str, ...]:
    """Return an attempt's cells, without the step's name."""
    took = (attempt.ended_at - attempt.claimed_at).total_seconds() if attempt.ended_at else None
    return (
        str(attempt.attempt),
        attempt.agent,
        attempt.worker,
        f"{attempt.claimed_at:%Y-%m-%d %H:%M:%S}",
        _span(took),
        attempt.outcome or "running",
        attempt.error or "",
    )


def compare(run: str, other: str | None, *, as_json: bool) -> None:
    """Show what differs between two runs, or between a run and its rerun."""
    with ledger() as engine, engine.connect() as conn:
        before, after = _pair(conn, run, other)
        check_shown(conn, before, after)
        found = read_difference(conn, before, after, tenant=DEFAULT_TENANT)
    if as_json:
        show_json(asdict(found))
    else:
        _show_difference(found)


def compare_attempts(run: str, other: str | None, *, step: str, as_json: bool) -> None:
    """Show the attempts at one step, each compared with the one before it. UsageError where there is no such step."""
    with ledger() as engine, engine.connect() as conn:
        ids = [find_run(conn, name, tenant=DEFAULT_TENANT) for name in (run, other) if name]
        views = [read_run(conn, run_id, tenant=DEFAULT_TENANT) for run_id in ids]
    known = {each.name for view in views for each in view.plan.steps}
    if step not in known:
        raise click.UsageError(f"--step: there is no step {step!r}; `lookout runs show {run} --attempts` has the names")
    tries = attempts_at(views, step=step)
    if as_json:
        show_json([asdict(one) for one in tries])
    else:
        show_table(_TRIES, map(_try_cells, tries), empty="nothing was tried")


def _pair(conn: Connection, run: str, other: str | None) -> tuple[UUID, UUID]:
    """Return the two runs, the earlier first."""
    first = find_run(conn, run, tenant=DEFAULT_TENANT)
    if other is None:
        return pair_of(conn, first, tenant=DEFAULT_TENANT)
    return first, find_run(conn, other, tenant=DEFAULT_TENANT)


def _show_difference(found: RunDifference) -> None:
    """Show a difference: both runs in short, the findings that differ, and the steps that were done anew."""
    for words, side in (("before", found.before), ("after", found.after)):
        show(f"{words}: {_side_words(side)}")
    counted = f"{len(found.new)} new, {len(found.gone)} gone, {len(found.changed)} changed, {found.unchanged} the same"
    show(f"findings: {counted}")
    rows = [*_marked(found.new, "new"), *_marked(found.gone, "gone"), *_marked(found.changed, "changed")]
    if rows:
        show_table(_FINDINGS, rows, empty="")
    carried = sum(step.carried for step in found.steps)
    show(f"steps: {len(found.steps) - carried} done anew, {carried} carried over")
    anew = [step for step in found.steps if not step.carried]
    show_table(_STEPS, map(_step_cells, anew), empty="no step was done anew")


def _side_words(side: Side) -> str:
    """Return one of two runs in words."""
    held = "" if side.confidence is None else f", confidence {side.confidence:.0%}"
    gone = ", its details were removed for their age" if side.pruned else ""
    return f"run {side.run_id}, {side.state}, {_span(side.seconds)}{held}, {side.findings} findings{gone}"


def _marked(findings: Iterable[FindingChange], what: str) -> list[tuple[str, ...]]:
    """Return findings' cells."""
    return [
        (
            finding.id,
            what,
            _moved(*finding.severity),
            _moved(*(None if one is None else f"{one:.0%}" for one in finding.confidence)),
            finding.target,
            finding.title,
        )
        for finding in findings
    ]


def _step_cells(step: StepChange) -> tuple[str, ...]:
    """Return a step's cells."""
    return (
        step.name,
        _moved(*step.state),
        _moved(*map(_span, step.seconds)),
        _moved(*map(str, step.attempts)),
        "" if step.state[0] == step.state[1] else "differs",
    )


def _try_cells(one: AttemptChange) -> tuple[str, ...]:
    """Return the cells of one of several attempts."""
    return (
        str(one.run_id),
        str(one.attempt),
        one.agent,
        one.worker,
        f"{one.began:%Y-%m-%d %H:%M:%S}",
        _span(one.seconds),
        one.outcome or "running",
        ", ".join(one.differs) or "-",
        one.error or "",
    )


def _moved(before: str | None, after: str | None) -> str:
    """Return a value, or both where they differ; ``-`` where a side has none."""
    if before == after:
        return before or "-"
    return f"{before or '-'} > {after or '-'}"


def _span(seconds: float | None) -> str:
    """Return a duration in words; ``-`` while it goes on."""
    return "-" if seconds is None else f"{seconds:.1f} s"
