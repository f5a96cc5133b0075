"""What Flower shows of our tasks, and to whom."""

from types import SimpleNamespace
from typing import Any

import pytest
from flower.views import BaseHandler
from flower.views.tasks import TASK_COLUMNS

from orchestrator.errors import SettingsError
from orchestrator.flower_view import (
    COLUMNS,
    credentials,
    every_queue,
    readable,
    require_password,
    show_every_queue,
)
from orchestrator.settings import load_settings


def task(args: str | None, name: str = "lookout.step.github") -> Any:  # noqa: ANN401  Celery has no types
    return SimpleNamespace(name=name, args=args)


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ("('01a1', 'collect:git/flask-58af05')", "collect:git/flask-58af05 of run 01a1"),
        ("('01a1', 'a', 'b', 'c')", "a, b, c of run 01a1"),
        ("('01a1', 'a', 'b', 'c', 'd', 'e')", "a, b, c and 2 more of run 01a1"),
        ("('01a1',)", "('01a1',)"),
        ("()", "()"),
        (None, None),
    ],
)
def test_a_steps_targets_come_before_the_id_of_its_run(args: str | None, shown: str | None) -> None:
    # Given a step's task as Flower knows it, when a page shows it, then its targets come first, and it stays as it was
    known = task(args)
    assert readable(known).args == shown
    assert known.args == args


def test_what_is_no_step_is_shown_as_it_is() -> None:
    known = task("('a', 'b')", name="lookout.trigger")
    assert readable(known) is known


def test_every_queue_is_shown_whether_its_worker_was_asked_or_not() -> None:
    # Given an app with two lanes, and a worker that serves one of them and another queue
    queues = SimpleNamespace(queues={"github": None, "github.low": None})
    workers = {"w@host": {"active_queues": [{"name": "github"}, {"name": "elsewhere"}]}}
    handler = SimpleNamespace(capp=SimpleNamespace(amqp=queues), application=SimpleNamespace(workers=workers))
    # When Flower asks which queues to show, then it is all of them
    assert every_queue(handler) == ["elsewhere", "github", "github.low"]


def test_a_worker_that_has_not_said_what_it_serves_hides_no_queue() -> None:
    handler = SimpleNamespace(
        capp=SimpleNamespace(amqp=SimpleNamespace(queues={"github": None})),
        application=SimpleNamespace(workers={"w@host": {}}),
    )
    assert every_queue(handler) == ["github"]


def test_flower_asks_us_for_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given Flower as it is, when it is told to show every queue, then it asks for ours
    monkeypatch.setattr(BaseHandler, "get_active_queue_names", BaseHandler.get_active_queue_names)
    show_every_queue()
    assert BaseHandler.get_active_queue_names is every_queue


def test_the_columns_are_flowers() -> None:
    assert set(COLUMNS.split(",")) <= set(TASK_COLUMNS)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_may_look_without_a_password(address: str) -> None:
    require_password(address)


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "192.0.2.7", "flower.example.org"])  # noqa: S104  refused
def test_nobody_else_may(address: str) -> None:
    # Given an address that others reach, when Flower is to listen there, then it is told how it may
    with pytest.raises(SettingsError, match="LOOKOUT_FLOWER_BASIC_AUTH to USER:PASSWORD, or start it with --address"):
        require_password(address)


def test_who_may_look_is_the_settings_word() -> None:
    assert credentials(load_settings(flower_basic_auth="eve:pass,word:x")) == ["eve:pass,word:x"]
    assert credentials(load_settings()) == []


@pytest.mark.parametrize("pair", ["hunter2", ":hunter2", "hunter2:"])
def test_half_a_pair_is_refused_without_being_shown(pair: str) -> None:
    with pytest.raises(SettingsError, match="write it as USER:PASSWORD") as caught:
        credentials(load_settings(flower_basic_auth=pair))
    assert "hunter2" not in str(caught.value)
