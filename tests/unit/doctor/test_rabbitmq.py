"""What RabbitMQ says about itself, in words."""

import pytest

from orchestrator.doctor.check import Verdict
from orchestrator.doctor.rabbitmq import account_check, kinds_check, product


@pytest.mark.parametrize(
    ("properties", "words"),
    [({"product": "RabbitMQ", "version": "3.10.8"}, "RabbitMQ 3.10.8"), ({}, "a server of AMQP of an unknown version")],
)
def test_a_server_is_named_as_it_names_itself(properties: dict[str, str], words: str) -> None:
    assert product(properties) == words


def test_the_account_that_everybody_knows_is_told() -> None:
    assert account_check("guest", "guest").verdict is Verdict.WARNING
    # And another is well, its password never shown
    mine = account_check("lookout", "hunter2")
    assert mine.verdict is Verdict.OK
    assert "hunter2" not in mine.seen


def test_queues_of_another_kind_are_named_with_what_to_do() -> None:
    # Given seven queues of another kind beside good ones
    kinds = {f"q{number}": "other" for number in range(7)} | {"a": "quorum", "b": "missing"}
    # When they are judged, then the first five are named
    check = kinds_check(kinds)
    assert check.verdict is Verdict.FAILED
    assert check.seen == "no worker can use q0, q1, q2, q3, q4 and 2 more: not a quorum queue"
    assert "delete_queue q0" in check.remedy


def test_missing_queues_are_no_trouble() -> None:
    check = kinds_check({"a": "quorum", "b": "missing"})
    assert (check.verdict, check.seen.partition(",")[0]) == (Verdict.OK, "1 of 2 are there")
