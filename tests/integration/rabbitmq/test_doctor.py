"""The doctor on RabbitMQ: what is there, what is of another kind, and nothing changed by looking."""

import pytest
from kombu import pools
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.utils.collections import eqhash
from support.plays import Play, act
from support.stages import Stage

from benchmarks.rabbitmq import RabbitServer
from orchestrator.doctor.broker import check_broker
from orchestrator.doctor.check import Check, Verdict
from orchestrator.ledger.broker import Broker
from orchestrator.local.answering import broker_connection, require_broker

NAMES = ["actor", "actor.low", "understudy"]


def forget_connections(rabbit: RabbitServer) -> None:
    """Connect anew: a connection of an earlier test takes the queues that were deleted since for declared."""
    for group in (pools.producers, pools.connections):
        pool = dict.pop(group, eqhash(Connection(rabbit.url)), None)
        if pool is not None:
            pool.force_close_all()


def examined(rabbit: RabbitServer) -> dict[str, Check]:
    """Return the checks by name."""
    with broker_connection(rabbit.url) as connection:
        return {check.name: check for check in check_broker(connection, queues=NAMES)}


def test_a_rabbitmq_that_is_as_it_should_be_is_well(stage: Stage, play: Play, rabbit: RabbitServer) -> None:
    # Given one queue that holds a message
    forget_connections(rabbit)
    play.run(act("a"))
    # When the doctor looks
    checks = examined(rabbit)
    # Then all is well, and nothing was made or taken
    assert {check.verdict for check in checks.values()} == {Verdict.OK}
    assert checks["broker"].seen == f"RabbitMQ {rabbit.version()}"
    assert checks["queues"].seen.startswith("1 of 3 are there")
    assert examined(rabbit)["queues"] == checks["queues"]
    assert Broker(play.app).depths(NAMES) == {"actor": 1, "actor.low": 0, "understudy": 0}
    assert rabbit.password not in repr(checks)


def test_a_queue_of_another_kind_is_told(stage: Stage, rabbit: RabbitServer) -> None:
    # Given a classic queue where a quorum queue belongs
    with Connection(rabbit.url) as connection, connection.channel() as channel:
        channel.queue_declare(queue="understudy", durable=True, auto_delete=False)
    # When the doctor looks, then it says which
    check = examined(rabbit)["queues"]
    assert check.verdict is Verdict.FAILED
    assert "understudy" in check.seen


def test_a_rabbitmq_is_asked_before_anything_is_started(stage: Stage, rabbit: RabbitServer) -> None:
    # Given one that answers, and then one that does not
    require_broker(rabbit.url)
    rabbit.kill()
    # When it is asked again, then that is trouble
    with pytest.raises(OperationalError, match="refused"):
        require_broker(rabbit.url)
