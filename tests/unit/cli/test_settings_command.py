"""``lookout settings``: effective values, where each came from, and no secret."""

import json

import pytest
from rich.console import Console
from support.commands import Lookout
from support.terminals import Terminal

from orchestrator.cli import tables, terminal


@pytest.fixture(autouse=True)
def _given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app:hunter2@db/lookout")
    monkeypatch.setenv("LOOKOUT_LEASE_SECONDS", "20")
    monkeypatch.setenv("LOOKOUT_LEESE_SECONDS", "20")


def test_every_setting_stands_with_its_origin(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("settings")
    # Then
    assert answer.code == 0
    assert "lease_seconds = 20  # env LOOKOUT_LEASE_SECONDS" in answer.out
    assert "heartbeat_seconds = 5  # default" in answer.out
    assert "hunter2" not in answer.out + answer.err
    assert "did you mean LOOKOUT_LEASE_SECONDS?" in answer.err


def test_in_json_numbers_are_numbers_and_nothing_is_null(lookout: Lookout) -> None:
    # Given / When
    rows = {row["name"]: row for row in json.loads(lookout("settings", "--json").out)}
    # Then
    assert rows["lease_seconds"]["value"] == 20
    assert rows["no_color"]["value"] is False
    assert rows["broker_url"]["value"] is None
    assert rows["database_url"]["value"] == "postgresql+psycopg://app:***@db/lookout"
    assert rows["lease_seconds"]["source"] == "env LOOKOUT_LEASE_SECONDS"


def test_on_a_terminal_it_is_a_table(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    file = Terminal()
    console = Console(file=file, width=200)
    monkeypatch.setenv("TERM", "xterm")
    for module in (tables, terminal):
        monkeypatch.setattr(module, "screen", lambda: console)
    # When
    answer = lookout("settings")
    # Then
    assert answer.code == 0
    assert "How long a worker owns a step" in file.getvalue()


def test_a_variable_like_no_other_is_named_without_a_guess(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("LOOKOUT_XYZZY", "1")
    # When / Then
    assert "LOOKOUT_XYZZY is no setting\n" in lookout("settings").err
