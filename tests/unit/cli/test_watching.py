"""Watching a run: what stands beside its steps, and patience with a database that is away."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from rich.console import Console
from sqlalchemy.exc import OperationalError
from support.terminals import Terminal

from agents.contract import Target, TargetKind
from orchestrator.cli import watching as module
from orchestrator.cli.drawing import rich_tree
from orchestrator.cli.watching import Patience, follow, state_first, state_words, watching
from orchestrator.domain.plans import Plan, Resources, Step, sequence
from orchestrator.domain.runs import RunState, StepState
from orchestrator.domain.triggers import Priority
from orchestrator.planning.trees import Node
from orchestrator.store.runs import Progress, StepLine


class Stop:
    """A signal that comes after so many looks."""

    def __init__(self, after: int) -> None:
        self.left = after

    def is_set(self) -> bool:
        return self.left <= 0

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002  the signal's own shape
        self.left -= 1
        return self.left < 0


def step(state: StepState, *, attempt: int = 1, error: str | None = None, summary: str | None = None) -> StepLine:
    """Return a step as it stands."""
    return StepLine(
        name="collect",
        agent="data_manager",
        queue="data_manager",
        state=state,
        attempt=attempt,
        failures=0,
        losses=0,
        ready_at=datetime.now(UTC),
        claimed_at=None,
        finished_at=None,
        lease_owner=None,
        lease_until=None,
        error=error,
        summary=summary,
        confidence=None,
    )


@pytest.fixture
def plan() -> Plan:
    shape = sequence(Step(name="collect", agent="data_manager", capability="collect:git", target="git:/r"))
    assert shape is not None
    return Plan(
        shape=shape,
        priority=Priority.NORMAL,
        priority_reason="the test says so",
        deadline_seconds=60,
        targets=(Target(kind=TargetKind.GIT, location="/r", name="[red]" + "long " * 60),),
        resources=Resources(slots=1, memory_mb=1, seconds=1),
    )


def down() -> OperationalError:
    return OperationalError("SELECT", {}, psycopg.OperationalError("gone"))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (step(StepState.PENDING), "… pending"),
        (step(StepState.RUNNING, attempt=2), "▶ running, attempt 2"),
        (step(StepState.SUCCEEDED, error="once", summary="all"), "✓ succeeded: all"),
        (step(StepState.FAILED, error="no", summary="all"), "✗ failed: no"),
        (step(StepState.PENDING, error="put off"), "… pending: put off"),
    ],
)
def test_what_stands_beside_a_step_says_how_it_is(seen: StepLine, expected: str) -> None:
    # Given / When / Then
    assert state_words(seen) == expected


def test_a_run_is_followed_to_its_end() -> None:
    # Given
    states = iter([RunState.RUNNING, RunState.PARTIAL])
    shown: list[tuple[StepLine, ...]] = []
    tended: list[int] = []
    # When
    state = follow(
        lambda: Progress(next(states), (step(StepState.RUNNING),)),
        shown=shown.append,
        tend=lambda: tended.append(1),
        stop=Stop(after=9),
    )
    # Then
    assert state is RunState.PARTIAL
    assert (len(shown), len(tended)) == (2, 2)


def test_a_signal_ends_the_watching() -> None:
    # Given
    progress = Progress(RunState.RUNNING, ())
    # When
    state = follow(lambda: progress, shown=lambda _: None, tend=lambda: None, stop=Stop(after=2))
    # Then
    assert state is None


def test_a_database_that_is_away_for_a_while_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    answers: Iterator[Progress | None] = iter([None, None, Progress(RunState.SUCCEEDED, ())])

    def look() -> Progress:
        answer = next(answers)
        if answer is None:
            raise down()
        return answer

    # When
    state = follow(look, shown=lambda _: None, tend=lambda: None, stop=Stop(after=9))
    # Then
    assert state is RunState.SUCCEEDED
    assert capsys.readouterr().err.count("waiting for it to come back") == 1


def test_a_database_that_stays_away_is_given_up() -> None:
    # Given
    moments = iter([0.0, 0.0, 61.0])
    patience = Patience(seconds=60, clock=lambda: next(moments))

    def look() -> Progress:
        raise down()

    # When / Then
    assert patience.look(look) is None
    with pytest.raises(OperationalError):
        patience.look(look)


def test_a_pipe_gets_a_line_for_each_change(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    with watching(plan, quiet=False) as show:
        for state in (StepState.PENDING, StepState.RUNNING, StepState.RUNNING, StepState.SUCCEEDED):
            show((step(state),))
    # Then
    written = capsys.readouterr()
    assert written.err == "collect: ▶ running\ncollect: ✓ succeeded\n"
    assert written.out == ""


def test_quiet_watching_says_nothing(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    with watching(plan, quiet=True) as show:
        show((step(StepState.RUNNING),))
    # Then
    assert capsys.readouterr().err == ""


def test_a_narrow_terminal_gets_a_tree_of_one_line_each(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    file = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(module, "notes", lambda: Console(file=file, width=30, height=20, force_terminal=True))
    # When
    with watching(plan, quiet=False) as show:
        show((step(StepState.RUNNING),))
    # Then
    rows = re.sub(r"\x1b\[[0-9?;]*[A-Za-z]|\r", "", file.getvalue()).splitlines()
    assert any("…" in row for row in rows)
    assert all(len(row) <= 30 for row in rows)
    assert any("▶ running · data_manager" in row for row in rows)


def test_a_label_that_says_nothing_of_a_state_stays_as_it_is() -> None:
    # Given
    node = Node("a → b", (Node("collect · x → ✓ succeeded → ✗ failed"),))
    # When
    first = state_first(node)
    # Then
    assert first == Node("a → b", (Node("✗ failed · collect · x → ✓ succeeded"),))


def test_a_strangers_label_is_no_markup() -> None:
    # Given
    file = io.StringIO()
    tree = rich_tree(Node("[bold]a[/bold]", (Node(r"\[link=http://x]b"),)))
    # When
    Console(file=file, width=60).print(tree)
    # Then
    assert "[bold]a[/bold]" in file.getvalue()
    assert r"\[link=http://x]b" in file.getvalue()
