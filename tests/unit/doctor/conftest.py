"""A home of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.local.home import Home
from orchestrator.settings import get_settings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(autouse=True)
def _settings(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LOOKOUT_HOME", str(home.path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()
