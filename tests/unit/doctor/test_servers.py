"""What follows from what database and broker say about themselves."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.doctor.broker import facts_checks as broker_checks
from orchestrator.doctor.broker import strangers_check
from orchestrator.doctor.check import Verdict
from orchestrator.doctor.database import clock_check, role_check, schema_check, version_check, writable_check
from orchestrator.doctor.serving import worker_commands
from orchestrator.doctor.workers import workers_check
from orchestrator.store.migrating import Schema, Standing

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def role(**powers: bool) -> Any:  # noqa: ANN401  the shape of a database's row
    none = dict.fromkeys(("superuser", "bypasses", "owns_database", "owns_tables"), False)
    return SimpleNamespace(role="app", **{**none, **powers})


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        ({}, Verdict.OK),
        ({"superuser": True}, Verdict.FAILED),
        ({"bypasses": True}, Verdict.FAILED),
        ({"owns_database": True}, Verdict.WARNING),
        ({"owns_tables": True}, Verdict.WARNING),
    ],
)
def test_a_role_must_not_be_able_to_do_more_than_it_needs(powers: dict[str, bool], expected: Verdict) -> None:
    # Given / When
    check = role_check(role(**powers))
    # Then
    assert check.verdict is expected
    assert bool(check.remedy) is (expected is not Verdict.OK)


def test_an_old_server_is_a_warning() -> None:
    # Given / When / Then
    assert version_check("18.1", number=180_001).verdict is Verdict.OK
    assert version_check("12.9", number=120_009).verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("recovering", "read_only", "expected"),
    [(False, False, Verdict.OK), (True, True, Verdict.FAILED), (False, True, Verdict.FAILED)],
)
def test_a_database_that_cannot_be_written_is_told(*, recovering: bool, read_only: bool, expected: Verdict) -> None:
    # Given / When / Then
    assert writable_check(recovering=recovering, read_only=read_only).verdict is expected


@pytest.mark.parametrize(("seconds", "expected"), [(1, Verdict.OK), (-1, Verdict.OK), (3, Verdict.WARNING)])
def test_clocks_that_are_apart_are_a_warning(seconds: int, expected: Verdict) -> None:
    # Given / When / Then
    assert clock_check(NOW, ours=NOW + timedelta(seconds=seconds)).verdict is expected


@pytest.mark.parametrize(
    ("standing", "remedy"),
    [
        (Standing.CURRENT, ""),
        (Standing.EMPTY, "run `lookout migrate`"),
        (Standing.OLDER, "run `lookout migrate`"),
        (Standing.NEWER, "upgrade Lookout"),
    ],
)
def test_a_schema_of_another_version_says_what_to_do(standing: Standing, remedy: str) -> None:
    # Given / When / Then
    assert schema_check(Schema(standing, found=None, wanted="0002")).remedy == remedy


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"aof_enabled": 1}, [Verdict.OK, Verdict.OK]),
        ({"aof_enabled": 0, "maxmemory_policy": "noeviction"}, [Verdict.WARNING, Verdict.OK]),
        ({"aof_enabled": 1, "maxmemory_policy": "allkeys-lru", "maxmemory": 0}, [Verdict.OK, Verdict.OK]),
        ({"aof_enabled": 1, "maxmemory_policy": "allkeys-lru", "maxmemory": 9}, [Verdict.OK, Verdict.FAILED]),
    ],
)
def test_a_broker_that_forgets_is_told(facts: dict[str, object], expected: list[Verdict]) -> None:
    # Given / When / Then
    assert [check.verdict for check in broker_checks(facts)] == expected


def test_queues_that_nobody_reads_are_named_and_quoted_for_a_shell() -> None:
    # Given
    found = [(f"queue {number}\x1b[1m", number) for number in range(7)]
    # When
    check = strangers_check(found)
    # Then
    assert check.verdict is Verdict.WARNING
    assert "queue 0 (0), queue 1 (1)" in check.seen
    assert check.seen.endswith("and 2 more")
    assert "DEL 'queue 0'" in check.remedy
    assert strangers_check([]).verdict is Verdict.OK


def test_queues_without_a_worker_come_with_the_command_that_starts_one() -> None:
    # Given
    served = {"data_manager": frozenset({"w@a"})}
    # When
    check = workers_check(served, queues=["data_manager", "upkeep", "security", "security.urgent"])
    # Then
    assert check.verdict is Verdict.FAILED
    assert "1 answer, but none serves security, security.urgent, upkeep" in check.seen
    assert "celery -A orchestrator worker --pool=threads --queues=upkeep and " in check.remedy
    assert "--pool=prefork --queues=security.urgent,security" in check.remedy


def test_no_worker_at_all_is_told_as_such() -> None:
    # Given / When / Then
    assert workers_check({}, queues=["upkeep"]).seen.startswith("none answers")


def test_a_worker_for_each_queue_is_well() -> None:
    # Given / When
    check = workers_check({"upkeep": frozenset({"b", "a"})}, queues=["upkeep"])
    # Then
    assert check.verdict is Verdict.OK
    assert check.seen.endswith("a, b")


def test_a_queue_of_no_agent_has_no_command() -> None:
    # Given / When / Then
    assert list(worker_commands(["stranger"])) == []
