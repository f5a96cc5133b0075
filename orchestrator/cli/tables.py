"""Runs as tables and trees."""

from dataclasses import asdict
from datetime import datetime

from rich.table import Table

from agents.catalog import catalog
from agents.report.escape import plain
from orchestrator.cli.terminal import screen, show, show_json
from orchestrator.cli.watching import rich_tree, states
from orchestrator.planning.trees import plan_tree, tree_lines
from orchestrator.store.runs import RunLine, RunView

_HEADINGS = ("run", "state", "kind", "subject", "steps", "findings", "started", "took")


def show_runs(lines: tuple[RunLine, ...], *, as_json: bool) -> None:
    """Show a list of runs: a table on a terminal, tab-separated when piped, or JSON."""
    if as_json:
        show_json([asdict(line) for line in lines])
        return
    rows = [_cells(line) for line in lines]
    if not screen().is_terminal:
        for row in rows:
            show("\t".join(row))
        return
    if not rows:
        show("no runs yet: `lookout run WATCHLIST` starts one")
        return
    table = Table(*_HEADINGS, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(plain(cell).replace("[", r"\[") for cell in row))
    screen().print(table)


def _cells(line: RunLine) -> tuple[str, ...]:
    """Return a run's cells."""
    return (
        str(line.id),
        str(line.state),
        line.kind,
        line.subject,
        f"{line.ended}/{line.steps}",
        str(line.findings),
        line.created_at.strftime("%Y-%m-%d %H:%M:%S"),
        took(line.created_at, line.finished_at),
    )


def took(start: datetime, end: datetime | None) -> str:
    """Return how long something took, in words; ``-`` while it goes on."""
    return "-" if end is None else f"{(end - start).total_seconds():.1f} s"


def show_run(view: RunView, *, as_json: bool) -> None:
    """Show one run: the plan as it was, and beside each step what really happened."""
    if as_json:
        show_json({**asdict(view), "plan": view.plan.model_dump(mode="json"), "trigger": _trigger(view)})
        return
    show(f"run {view.id}: {view.state}, {took(view.created_at, view.finished_at)}")
    show(f"trigger: {view.kind} {view.subject}".rstrip() + f", key {view.key}, sent again {view.epoch} times")
    if view.error:
        show(f"reason: {view.error}")
    tree = plan_tree(view.plan, specs=catalog(), states=states(view.steps))
    if screen().is_terminal:
        screen().print(rich_tree(tree))
    else:
        for line in tree_lines(tree):
            show(line)
    for attempt in view.attempts:
        if attempt.outcome not in {"succeeded", "partial"}:
            ended = f"{attempt.outcome or 'running'} {attempt.error or ''}".rstrip()
            show(f"{attempt.step} attempt {attempt.attempt}: {ended}")


def _trigger(view: RunView) -> dict[str, object]:
    """Return a trigger for JSON, its free text as its length only."""
    return {**view.trigger.model_dump(mode="json", exclude={"text"}), "text_length": len(view.trigger.text)}
