"""Watching a run while it runs: a live tree on a terminal, plain lines when piped."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from rich.live import Live
from rich.tree import Tree
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from agents.catalog import catalog
from agents.contract import StopSignal
from orchestrator.cli.drawing import rich_tree
from orchestrator.cli.terminal import for_people, notes, say
from orchestrator.domain.plans import Plan
from orchestrator.domain.runs import RunState, StepState
from orchestrator.planning.trees import Node, plan_tree
from orchestrator.store.runs import Progress, StepLine, read_progress

_MARKS = {
    StepState.PENDING: "…",
    StepState.WAITING: "?",
    StepState.RUNNING: "▶",
    StepState.SUCCEEDED: "✓",
    StepState.PARTIAL: "◐",
    StepState.FAILED: "✗",
    StepState.TIMED_OUT: "⏱",
    StepState.CANCELLED: "⊘",
    StepState.SKIPPED: "↷",
}
_ARROW = " → "
"""What ``plan_tree`` writes between a step and its state."""
_LOOK_SECONDS = 0.15
_PATIENCE_SECONDS = 60.0
"""How long a database may stay away, e.g. while it recovers, before we no longer wait for it."""

Show = Callable[[tuple[StepLine, ...]], None]
Look = Callable[[], Progress]


def follow(look: Look, *, shown: Show, tend: Callable[[], None], stop: StopSignal) -> RunState | None:
    """Follow a run to its end; return how it ended, None where a signal came first.

    ``tend`` is called between two looks. Raises what ``look`` raises once the database stays away for too long.
    """
    patience = Patience()
    while not stop.wait(_LOOK_SECONDS):
        tend()
        seen = patience.look(look)
        if seen is not None:
            shown(seen.steps)
            if seen.state.ended:
                return seen.state
    return None


def look_at(engine: Engine, run_id: UUID) -> Look:
    """Return what reads how a run stands."""

    def look() -> Progress:
        with engine.connect() as conn:
            return read_progress(conn, run_id)

    return look


@dataclass
class Patience:
    """Bears with a database that is away for a while."""

    seconds: float = _PATIENCE_SECONDS
    clock: Callable[[], float] = time.monotonic
    _away_since: float | None = None

    def look(self, look: Look) -> Progress | None:
        """Return what is seen; None while the database is away. Raises its error once that takes too long."""
        try:
            seen = look()
        except (OperationalError, InterfaceError):
            if self._spent():
                raise
            return None
        self._away_since = None
        return seen

    def _spent(self) -> bool:
        """Whether we waited long enough; that we wait is said once."""
        if self._away_since is None:
            self._away_since = self.clock()
            say("the database does not answer; waiting for it to come back")
        return self.clock() - self._away_since > self.seconds


@contextmanager
def watching(plan: Plan, *, quiet: bool) -> Iterator[Show]:
    """Yield what shows a run's steps: call it as often as you like."""
    if quiet:
        yield lambda _: None
    elif for_people(notes()):
        with Live(console=notes(), refresh_per_second=8) as live:
            yield lambda lines: live.update(_drawn(plan, lines))
    else:
        yield _Plain().show


def _drawn(plan: Plan, lines: tuple[StepLine, ...]) -> Tree:
    """Return a plan as a tree in which each line is one line of the terminal, however narrow."""
    how = {line.name: state_and_try(line) for line in lines}
    return rich_tree(state_first(plan_tree(plan, specs=catalog(), states=how)), overflow="ellipsis")


def state_first(node: Node) -> Node:
    """Return a tree in which a step's state stands before it: the end of a line is what a narrow terminal cuts off."""
    text, _, how = node.label.rpartition(_ARROW)
    label = f"{how} · {text}" if how[:1] in _MARKS.values() and text else node.label
    return Node(label, tuple(map(state_first, node.children)))


def states(lines: tuple[StepLine, ...]) -> Mapping[str, str]:
    """Return what stands beside each step of a plan."""
    return {line.name: state_words(line) for line in lines}


def state_words(step: StepLine) -> str:
    """Return what stands beside a step: how it is, and what it said or what went wrong."""
    said = step.error if step.error and step.state is not StepState.SUCCEEDED else step.summary
    origin = f", as in run {step.carried_from} attempt {step.carried_attempt}" if step.carried_from else ""
    return state_and_try(step) + origin + (f": {said}" if said else "")


def state_and_try(step: StepLine) -> str:
    """Return how a step is: a mark, its state, and which try it is where that is not the first."""
    return f"{_MARKS[step.state]} {step.state}" + (f", attempt {step.attempt}" if step.attempt > 1 else "")


class _Plain:
    """A line for each change, for pipes and logs."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def show(self, lines: tuple[StepLine, ...]) -> None:
        """Say what changed since the last time."""
        for step in lines:
            words = state_words(step)
            if step.state is not StepState.PENDING and self._known.get(step.name) != words:
                self._known[step.name] = words
                say(f"{step.name}: {words}")
