"""What was said to us, and what Celery makes of it."""

from pathlib import Path

import pytest
from celery import Celery

from orchestrator.doctor.check import Check, Verdict
from orchestrator.doctor.configuration import app_checks, check_app, check_settings, stray_check, variables_check
from orchestrator.errors import ConfigurationError
from orchestrator.settings import UnknownVariable, load_settings


def of(app: Celery) -> dict[str, Check]:
    return {check.name: check for check in app_checks(app)}


def test_the_settings_file_and_the_environment_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    path = tmp_path / "lookout.toml"
    path.write_text("lease_seconds = 20\n")
    monkeypatch.setenv("LOOKOUT_LEESE_SECONDS", "1")
    monkeypatch.setenv("BROKER_URL", "redis://elsewhere")
    # When
    file, variables, stray = check_settings(load_settings(config=path))
    # Then
    assert str(path) in file.seen
    assert "did you mean LOOKOUT_LEASE_SECONDS?" in variables.seen
    assert "BROKER_URL: a worker's command line obeys it" in stray.seen


def test_nothing_unknown_and_nothing_stray_is_well() -> None:
    # Given / When / Then
    assert variables_check([]).verdict is Verdict.OK
    assert stray_check({}).verdict is Verdict.OK


def test_a_stray_variable_fails_and_is_named_in_the_remedy() -> None:
    # Given / When
    check = stray_check({"BROKER_URL": "harm"})
    # Then
    assert check.verdict is Verdict.FAILED
    assert check.remedy.startswith("unset BROKER_URL")


def test_a_variable_like_no_other_is_named_alone() -> None:
    # Given / When
    check = variables_check([UnknownVariable("LOOKOUT_XYZZY", "")])
    # Then
    assert check.verdict is Verdict.WARNING
    assert check.seen.endswith("by LOOKOUT_XYZZY")


def test_both_sides_of_the_broker_are_one_and_no_password_is_shown() -> None:
    # Given
    app = Celery(set_as_current=False, broker="redis://:hunter2@localhost/0", accept_content=["json"])
    # When
    checks = of(app)
    # Then
    assert checks["broker address"].verdict is Verdict.OK
    assert "hunter2" not in checks["broker address"].seen
    assert checks["message content"].verdict is Verdict.OK


def test_sides_that_differ_and_pickled_messages_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("CELERY_BROKER_READ_URL", "redis://other/1")
    app = Celery(set_as_current=False, broker="redis://localhost/0")
    app.conf.accept_content = ["json", "pickle"]
    # When
    checks = of(app)
    # Then
    assert checks["broker address"].verdict is Verdict.FAILED
    assert "other:6379/1" in checks["broker address"].seen
    assert checks["message content"].verdict is Verdict.FAILED
    assert "pickle" in checks["message content"].seen


def test_our_own_configuration_is_recognised() -> None:
    # Given / When
    checks = {check.name: check for check in check_app()}
    # Then
    assert checks["celery"].verdict is Verdict.OK
    assert checks["message content"].verdict is Verdict.OK


def test_a_foreign_configuration_is_told_and_nothing_more_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    class Foreign:
        """Takes the place of the module whose import finds a stranger's file."""

        def __getattr__(self, name: str) -> object:
            raise ConfigurationError("celeryconfig was imported from elsewhere")

    monkeypatch.setitem(__import__("sys").modules, "orchestrator.celery", Foreign())
    # When
    checks = list(check_app())
    # Then
    assert [check.verdict for check in checks] == [Verdict.FAILED]
    assert "from elsewhere" in checks[0].seen
