"""Flower's configuration file, run as Flower runs it: whatever has an option's name is that option."""

import runpy
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import click
import pytest
from flower.options import options
from flower.views import BaseHandler

from orchestrator.flower_view import COLUMNS, every_queue, readable
from orchestrator.local.stack import FLOWER_CONFIG
from orchestrator.settings import get_settings

Configured = Callable[..., dict[str, Any]]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configured]:
    """Run the file with an address and variables; return the options that it sets."""
    monkeypatch.setattr(BaseHandler, "get_active_queue_names", BaseHandler.get_active_queue_names)

    def run(address: str, **environment: str) -> dict[str, Any]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        with patch.object(options.mockable(), "address", address):
            named = runpy.run_path(str(FLOWER_CONFIG))
        return {name: value for name, value in named.items() if name in options and not name.startswith("_")}

    yield run
    get_settings.cache_clear()


def test_flower_looks_only_and_shows_what_is_ours(configured: Configured) -> None:
    # Given this machine's own address, when Flower is configured, then it sets these options and no others
    found = configured("127.0.0.1")
    shown = found.pop("format_task")
    assert found == {"read_only": True, "tasks_columns": COLUMNS}
    assert shown is readable
    assert BaseHandler.get_active_queue_names is every_queue


def test_who_may_look_comes_from_the_settings(configured: Configured) -> None:
    # Given a password with a comma in it, when Flower is to listen to everybody, then it may, and that is whole
    found = configured("0.0.0.0", LOOKOUT_FLOWER_BASIC_AUTH="eve:one,two")  # noqa: S104  with a password
    assert found["basic_auth"] == ["eve:one,two"]


@pytest.mark.parametrize(
    ("address", "auth", "words"), [("", "", "every interface without a password"), ("127.0.0.1", "eve", "USER:PASS")]
)
def test_flower_is_refused_in_words(configured: Configured, address: str, auth: str, words: str) -> None:
    with pytest.raises(click.ClickException, match=words):
        configured(address, LOOKOUT_FLOWER_BASIC_AUTH=auth)
