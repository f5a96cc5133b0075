"""Brokers of other kinds, and one that cannot be asked."""

from kombu.connection import Connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from orchestrator.doctor.broker import check_broker, password_check
from orchestrator.doctor.check import Verdict


def test_a_broker_that_is_no_redis_is_only_asked_whether_it_answers() -> None:
    # Given
    with Connection("memory://") as connection:
        # When
        checks = list(check_broker(connection, queues=["a"]))
    # Then
    assert [(check.name, check.verdict) for check in checks] == [("broker", Verdict.OK)]


def test_a_client_that_gave_no_password_shows_that_none_is_needed() -> None:
    # Given / When
    check = password_check(Redis())
    # Then
    assert check.verdict is Verdict.WARNING
    assert "requirepass" in check.remedy


def test_a_password_that_could_not_be_tried_is_told() -> None:
    # Given
    client = Redis(port=1, password="hunter2", retry=Retry(NoBackoff(), 0))
    # When
    check = password_check(client)
    # Then
    assert check.verdict is Verdict.WARNING
    assert "could not be tried" in check.seen
    assert "hunter2" not in check.seen
