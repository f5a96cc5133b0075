"""A worker's terms with its broker: on RabbitMQ a credit for each lane, on Redis an order and a share."""

from types import SimpleNamespace
from typing import Any

import pytest
from celery.concurrency.thread import TaskPool
from celery.worker import state
from celery.worker.consumer.consumer import Consumer
from kombu.asynchronous import Hub
from kombu.connection import Connection
from kombu.messaging import Consumer as MessageConsumer
from support.plays import SPECS

from agents.contract import Pool
from orchestrator.ledger import terms
from orchestrator.ledger.finishing import Finishing
from orchestrator.ledger.order import UrgentFirst
from orchestrator.ledger.terms import RESERVED_FIRST, Lane, Terms, amqp_lanes, full_of_scheduled, leave_out_delays
from orchestrator.queues import served_by, served_by_reserve, task_queues

QUEUES = {queue.name: queue for queue in task_queues(SPECS)}


class Request:
    """What Celery keeps of a message that a worker holds."""

    def __init__(self, queue: str) -> None:
        self.delivery_info = {"routing_key": queue}


def lanes(names: list[str], *, slots: int) -> dict[str, Lane]:
    return {lane.name: lane for lane in amqp_lanes([QUEUES[name] for name in names], slots=slots)}


def test_each_lane_has_a_credit_of_its_own_and_scheduled_ones_a_smaller() -> None:
    # Given a worker of sixteen slots on every lane, when its terms are made
    found = lanes(served_by(SPECS, Pool.THREADS), slots=16)
    # Then it may hold as many of each as it has slots, but for scheduled work
    assert {name: lane.credit for name, lane in found.items() if lane.credit != 16} == {
        "actor.low": 14,
        "understudy.low": 14,
    }
    # And it comes after a reserved worker
    assert not any(vars(lane)["consumer_arguments"] for lane in found.values())


def test_the_reserved_worker_comes_first_at_its_queues() -> None:
    found = lanes(served_by_reserve(SPECS), slots=2)
    assert {vars(lane)["consumer_arguments"]["x-priority"] for lane in found.values()} == {RESERVED_FIRST}


def test_a_lane_is_the_queue_that_it_was_made_of() -> None:
    for name, lane in lanes(list(QUEUES), slots=2).items():
        assert lane == QUEUES[name]
        assert vars(lane)["queue_arguments"] == {"x-queue-type": "quorum"}


def test_a_lane_asks_for_its_credit_before_its_messages() -> None:
    # Given a channel that notes what it is asked for
    asked: list[tuple[str, object]] = []
    with Connection("memory://") as connection:
        channel = connection.channel()
        channel.basic_qos = lambda size, count, every: asked.append(("qos", (size, count, every)))
        names = ("queue", "consumer_tag", "no_ack")
        channel.basic_consume = lambda **given: asked.append(("consume", tuple(given[name] for name in names)))
        # When a lane with a credit and one without are consumed
        for lane in (Lane("a", credit=3), Lane("b")):  # type: ignore[no-untyped-call] # kombu has no types
            lane(channel).consume("tag", no_ack=True)
    # Then the first one's credit comes before, and holds for the consumers that follow alone
    assert asked == [("qos", (0, 3, False)), ("consume", ("a", "tag", True)), ("consume", ("b", "tag", True))]


def consumer(*, kind: str, channel: object, slots: int = 8) -> Any:  # noqa: ANN401  Celery's consumer has no type
    """Return as much of a worker's consumer as the terms look at."""
    served = {name: QUEUES[name] for name in ("actor", "actor.low")}
    return SimpleNamespace(
        pool=SimpleNamespace(num_processes=slots),
        hub=None,
        task_consumer=MessageConsumer(channel, list(served.values()), auto_declare=False),
        connection=SimpleNamespace(transport=SimpleNamespace(driver_type=kind)),
        app=SimpleNamespace(
            amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=served)),
            conf=SimpleNamespace(worker_disable_prefetch=kind == "redis"),
        ),
    )


@pytest.mark.parametrize(("kind", "most"), [("amqp", [8, 7]), ("memory", [None, None])])
def test_terms_are_settled_by_the_kind_of_broker(kind: str, most: list[int | None]) -> None:
    with Connection("memory://") as connection:
        worker = consumer(kind=kind, channel=connection.channel())
        Terms(worker).start(worker)
        assert [getattr(queue, "credit", None) for queue in worker.task_consumer.queues] == most
        assert all(queue.is_bound for queue in worker.task_consumer.queues)


def test_a_worker_on_threads_takes_a_message_once_a_slots_agents_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a worker of three threads that asks for a message when it has a free slot
    finishing = Finishing()
    monkeypatch.setattr(terms, "FINISHING", finishing)
    with Connection("memory://") as connection:
        worker = consumer(kind="redis", channel=connection.channel(), slots=3)
        worker.pool, worker.hub = TaskPool(limit=3), Hub()
        # When its terms are settled
        Terms(worker).start(worker)
        # Then it has threads for what is being written down, and goes by what is finishing
        assert vars(worker.pool.executor)["_max_workers"] == 6
        assert worker.task_consumer.channel.qos.can_consume == finishing.has_room
        # And its loop is told once a step's agents are done
        finishing.agents_done("a")
        assert vars(worker.hub)["_ready"]


def test_a_worker_on_redis_leaves_scheduled_lanes_out_while_it_is_full_of_them() -> None:
    # Given a worker of two slots on Redis, which may hold two scheduled steps
    with Connection("memory://") as connection:
        channel = connection.channel()
        cycle = UrgentFirst(["actor", "actor.low"])
        vars(channel).update(_queue_cycle=cycle, brpop_timeout=1)
        worker = consumer(kind="redis", channel=channel, slots=2)
        Terms(worker).start(worker)
        # When it holds one, then it looks for more, at its usual pace
        held = [Request("actor.low"), Request("actor")]
        state.reserved_requests.update(held)
        assert cycle.consume(2) == ["actor", "actor.low"]
        assert channel.brpop_timeout == 1
        # And with the second it does not, but asks again soon
        held.append(Request("actor.low"))
        state.reserved_requests.update(held)
        assert cycle.consume(2) == ["actor"]
        assert channel.brpop_timeout < 1
        state.reserved_requests.difference_update(held)
        # And as soon as they ended, it takes them again
        assert len(cycle.consume(2)) == 2


@pytest.mark.parametrize(("held", "others", "full"), [(6, 1, False), (7, 0, True), (7, 1, True), (8, 0, True)])
def test_one_slot_in_eight_is_never_taken_by_scheduled_work(held: int, others: int, *, full: bool) -> None:
    requests = [Request("a.low") for _ in range(held)] + [Request("a") for _ in range(others)]
    state.reserved_requests.update(requests)
    try:
        assert full_of_scheduled(8) is full
    finally:
        state.reserved_requests.difference_update(requests)


def test_workers_start_without_queues_for_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given Celery's own steps of a worker
    before = [*Consumer.Blueprint.default_steps]
    monkeypatch.setattr(Consumer.Blueprint, "default_steps", before)
    # When it is told, twice
    leave_out_delays()
    leave_out_delays()
    # Then the step for delays is gone and nothing else
    assert not any("delayed" in step for step in Consumer.Blueprint.default_steps)
    assert len(before) - len(Consumer.Blueprint.default_steps) <= 1
    assert "celery.worker.consumer.tasks:Tasks" in Consumer.Blueprint.default_steps
