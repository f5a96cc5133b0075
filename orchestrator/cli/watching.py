"""Watching a run while it runs: a live tree on a terminal, plain lines when piped."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from rich.live import Live
from rich.tree import Tree
from sqlalchemy import Engine, text

from agents.catalog import catalog
from agents.report.escape import plain
from orchestrator.cli.terminal import notes, say
from orchestrator.domain.plans import Plan
from orchestrator.domain.runs import RunState, StepState
from orchestrator.planning.trees import Node, plan_tree
from orchestrator.store.runs import StepLine, read_steps

_MARKS = {
    StepState.PENDING: "…",
    StepState.RUNNING: "▶",
    StepState.SUCCEEDED: "✓",
    StepState.PARTIAL: "◐",
    StepState.FAILED: "✗",
    StepState.TIMED_OUT: "⏱",
    StepState.CANCELLED: "⊘",
    StepState.SKIPPED: "↷",
}

Show = Callable[[tuple[StepLine, ...]], None]


def state_words(step: StepLine) -> str:
    """Return what stands beside a step: a mark, its state, its try, and what it said or what went wrong."""
    again = f", attempt {step.attempt}" if step.attempt > 1 else ""
    said = step.error if step.error and step.state is not StepState.SUCCEEDED else step.summary
    return f"{_MARKS[step.state]} {step.state}{again}" + (f": {said}" if said else "")


def state_of_run(engine: Engine, run_id: UUID) -> RunState:
    """Return a run's state."""
    with engine.connect() as conn:
        return RunState(conn.execute(text("SELECT state FROM runs WHERE id = :run"), {"run": run_id}).scalar_one())


def steps_of_run(engine: Engine, run_id: UUID) -> tuple[StepLine, ...]:
    """Return a run's steps as they stand."""
    with engine.connect() as conn:
        return read_steps(conn, run_id)


@contextmanager
def watching(plan: Plan, *, quiet: bool) -> Iterator[Show]:
    """Yield what shows a run's steps: call it as often as you like."""
    if quiet:
        yield lambda _: None
    elif notes().is_terminal:
        with Live(console=notes(), refresh_per_second=8, transient=False) as live:
            yield lambda lines: live.update(rich_tree(plan_tree(plan, specs=catalog(), states=states(lines))))
    else:
        yield _Plain().show


def states(lines: tuple[StepLine, ...]) -> Mapping[str, str]:
    """Return what stands beside each step of a plan."""
    return {line.name: state_words(line) for line in lines}


def rich_tree(node: Node) -> Tree:
    """Return a tree for a terminal; strangers' text is plain text, never markup."""
    tree = Tree(_safe(node.label))
    _grow(tree, node)
    return tree


def _grow(tree: Tree, node: Node) -> None:
    """Add a node's children to a tree."""
    for child in node.children:
        _grow(tree.add(_safe(child.label)), child)


def _safe(label: str) -> str:
    """Return a label in which nothing is markup."""
    return plain(label).replace("[", r"\[")


class _Plain:
    """A line for each change, for pipes and logs."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def show(self, lines: tuple[StepLine, ...]) -> None:
        """Say what changed since the last time."""
        for line in lines:
            words = state_words(line)
            if line.state is not StepState.PENDING and self._known.get(line.name) != words:
                self._known[line.name] = words
                say(f"{line.name}: {words}")
