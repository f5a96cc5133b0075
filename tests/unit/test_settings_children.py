"""The environment of processes of ours."""

from pathlib import Path

import pytest

from orchestrator.settings import load_settings
from orchestrator.settings.children import (
    child_environment,
    private_environment,
    stack_environment,
    stray_variables,
)


def test_a_child_gets_everything_but_what_splits_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    # When
    environment = child_environment(LOG_LEVEL="INFO", MORE="yes")
    # Then
    assert "CELERY_RESULT_BACKEND" not in environment
    assert "PYTHONHOME" not in environment
    assert (environment["LOG_LEVEL"], environment["MORE"], environment["PYTHONUNBUFFERED"]) == ("INFO", "yes", "1")


def test_a_process_of_the_stack_finds_the_same_home_and_file(tmp_path: Path) -> None:
    # Given
    config = tmp_path / "lookout.toml"
    config.touch()
    # When
    with_file = stack_environment(load_settings(home=tmp_path / "h", config=config))
    # Then
    assert with_file["LOOKOUT_HOME"] == str(tmp_path / "h")
    assert with_file["LOOKOUT_CONFIG"] == str(config)


def test_without_a_file_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    # When / Then
    assert "LOOKOUT_CONFIG" not in stack_environment(load_settings(home=tmp_path / "h"))


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "LOOKOUT_DATABASE_URL_FILE", "REDIS_URL", "CELERY_BROKER_URL_FILE", "LOOKOUT_BROKER_URL"]
)
def test_a_private_stack_hears_of_no_other_servers(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv(name, "elsewhere")
    # When
    environment = private_environment(home=tmp_path, config=tmp_path / "c")
    # Then
    assert name not in environment
    assert (environment["LOOKOUT_HOME"], environment["LOOKOUT_CONFIG"]) == (str(tmp_path), str(tmp_path / "c"))


def test_stray_variables_are_told_with_their_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("BROKER_URL", "redis://elsewhere")
    monkeypatch.setenv("CELERY_BROKER", "")
    # When
    stray = stray_variables()
    # Then
    assert list(stray) == ["BROKER_URL"]
    assert "a sender does not" in stray["BROKER_URL"]
