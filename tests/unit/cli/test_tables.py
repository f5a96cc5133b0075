"""Runs and schedules as tables, lines and JSON."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from rich.console import Console
from support.terminals import Terminal
from support.views import view

from orchestrator.cli import tables
from orchestrator.cli.tables import show_run, show_runs, show_schedules
from orchestrator.domain.runs import RunState
from orchestrator.scheduling.schedules import Scheduled
from orchestrator.store.runs import AttemptLine, RunLine

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
RUN = UUID(int=5)


def run(*, finished: datetime | None = None) -> RunLine:
    return RunLine(
        id=RUN,
        kind="monitor",
        subject="[red]mine\tyours[/red]",
        state=RunState.RUNNING,
        created_at=AT,
        finished_at=finished,
        priority=2,
        steps=3,
        ended=1,
        findings=0,
    )


def schedule() -> Scheduled:
    return Scheduled(
        name="mine/1d",
        watchlist="mine",
        path="/w.yaml",
        every_seconds=86_400,
        jitter=0.1,
        enabled=True,
        retired=False,
        next_due=AT,
        targets=2,
        last_due=None,
        last_fired_at=None,
        last_run=None,
        last_note=None,
        last_state=None,
    )


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Let a person look on, on a terminal of 80 columns."""
    file = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    console = Console(file=file, width=80)
    monkeypatch.setattr(tables, "screen", lambda: console)
    return file


def test_piped_runs_are_lines_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    show_runs((run(), run(finished=AT + timedelta(seconds=2))), as_json=False)
    # Then
    first, second = (row.split("\t") for row in capsys.readouterr().out.splitlines())
    assert first == [str(RUN), "running", "monitor", "[red]mine yours[/red]", "1/3", "0", "2026-05-01 12:00:00", "-"]
    assert second[-1] == "2.0 s"


def test_runs_on_a_narrow_terminal_are_a_table_that_fits(terminal: Terminal) -> None:
    # Given / When
    show_runs((run(),), as_json=False)
    # Then
    rows = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert all(len(row) <= 80 for row in rows)
    assert any(row.startswith(str(RUN)) for row in rows)
    assert any("[red]" in row for row in rows)


def test_no_runs_on_a_terminal_say_how_to_start_one(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    show_runs((), as_json=False)
    # Then
    assert "`lookout run WATCHLIST` starts one" in capsys.readouterr().out


def test_runs_in_json_keep_their_values(capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    show_runs((run(),), as_json=True)
    # Then
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["steps"], row["subject"]) == (str(RUN), 3, "[red]mine\tyours[/red]")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (schedule(), ["mine/1d", "1d", "2", "active", "2026-05-01 12:00:00", "-", "-", ""]),
        (replace(schedule(), enabled=False), ["mine/1d", "1d", "2", "paused", "-", "-", "-", ""]),
        (
            replace(schedule(), retired=True, last_due=AT, last_run=RUN, last_state="failed", last_note="missed"),
            ["mine/1d", "1d", "2", "retired", "-", "2026-05-01 12:00:00", f"{RUN} failed", "missed"],
        ),
    ],
)
def test_a_schedule_says_when_it_is_due_and_how_it_went(
    given: Scheduled, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    # Given / When
    show_schedules((given,), as_json=False)
    # Then
    assert capsys.readouterr().out.rstrip("\n").split("\t") == expected


def test_schedules_in_json_keep_their_values(capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    show_schedules((schedule(),), as_json=True)
    # Then
    assert json.loads(capsys.readouterr().out)[0]["every_seconds"] == 86_400


def test_a_run_is_shown_with_what_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    bad = AttemptLine("a", 1, "reporting", "w:1", AT, AT, "failed", "no\nway")
    unended = AttemptLine("a", 2, "reporting", "w:2", AT, None, None, None)
    good = AttemptLine("a", 3, "reporting", "w:2", AT, AT, "succeeded", None)
    first = uuid4()
    shown = replace(view(RunState.FAILED, error="why", rerun_of=first), epoch=2, attempts=(bad, unended, good))
    # When
    show_run(shown, as_json=False)
    # Then
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].endswith("failed, 0.0 s, sent again 2 times")
    assert f"rerun of: {first}" in rows
    assert "reason: why" in rows
    assert rows[-2:] == ["a attempt 1 on w:1: failed no way", "a attempt 2 on w:2: running"]


def test_a_run_in_json_tells_a_strangers_text_by_its_length(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    shown = view()
    shown = replace(shown, trigger=shown.trigger.model_copy(update={"text": "secret words"}))
    # When
    show_run(shown, as_json=True)
    # Then
    written = capsys.readouterr().out
    assert json.loads(written)["trigger"]["text_length"] == 12
    assert "secret words" not in written


@pytest.mark.parametrize(("enabled", "state"), [(True, "broken"), (False, "paused")])
def test_a_schedule_that_cannot_be_read_says_why_in_place_of_its_last_time(
    *, enabled: bool, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a schedule with a policy that this version does not know
    broken = replace(schedule(), enabled=enabled, catch_up="some", trouble="cannot be read", last_note="1h late")
    # When it is listed
    show_schedules([broken], as_json=False)
    # Then it is shown with what is wrong with it, and has no next time
    assert capsys.readouterr().out == f"mine/1d\t1d, missed: some\t2\t{state}\t-\t-\t-\tcannot be read\n"
