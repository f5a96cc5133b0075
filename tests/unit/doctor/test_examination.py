"""The whole examination where servers are not there: it says so, and never hangs."""

import pytest

from orchestrator.doctor import examination
from orchestrator.doctor.check import Check, Verdict
from orchestrator.doctor.examination import examine, healthy
from orchestrator.errors import ConfigurationError, ServiceError
from orchestrator.local.home import Home
from orchestrator.local.owner import acquire


def seen() -> dict[str, Check]:
    return {check.name: check for check in examine()}


def test_where_nothing_runs_it_says_so_and_that_is_well() -> None:
    # Given / When
    checks = seen()
    # Then
    assert checks["database"].verdict is Verdict.WARNING
    assert checks["broker"].verdict is Verdict.WARNING
    assert healthy(checks.values())


def test_servers_elsewhere_that_do_not_answer_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hunter2@127.0.0.1:1/x")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://:hunter2@127.0.0.1:1/0")
    # When
    checks = seen()
    # Then
    assert checks["database"].verdict is checks["broker"].verdict is Verdict.FAILED
    assert "start it, or correct DATABASE_URL" in checks["database"].remedy
    assert "start it, or correct CELERY_BROKER_URL" in checks["broker"].remedy
    assert "hunter2" not in str(checks)
    assert not healthy(checks.values())


def test_a_home_whose_owner_is_only_starting_fails_in_words(home: Home) -> None:
    # Given
    with acquire(home):
        # When
        checks = seen()
    # Then
    assert checks["database"].verdict is checks["broker"].verdict is Verdict.FAILED
    assert "no embedded servers yet" in checks["database"].seen


def test_a_home_that_cannot_be_looked_at_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    def refused(_: Home) -> None:
        raise ServiceError("it belongs to user 7")

    monkeypatch.setattr(examination, "read_owner", refused)
    monkeypatch.setattr("orchestrator.doctor.place.read_owner", refused)
    # When
    checks = seen()
    # Then
    assert checks["home"].verdict is Verdict.FAILED
    assert "it belongs to user 7" in checks["home"].seen
    assert checks["database"].verdict is Verdict.WARNING


def test_a_foreign_configuration_leaves_the_workers_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    class Foreign:
        """Takes the place of the module whose import finds a stranger's file."""

        def __getattr__(self, name: str) -> object:
            raise ConfigurationError("celeryconfig was imported from elsewhere")

    monkeypatch.setitem(__import__("sys").modules, "orchestrator.celery", Foreign())
    # When
    checks = seen()
    # Then
    assert checks["celery"].verdict is Verdict.FAILED
    assert "workers" not in checks
