"""A worker's terms with its broker, once it knows its slots: how much it takes of each lane, and who goes first.

Redis and Valkey hand out one message at a time to a worker with a free slot, so that ``UrgentFirst`` decides. RabbitMQ
pushes: each queue's consumer has its own credit, and a queue serves the consumer with the higher priority first, which
is the reserved worker's as long as it has credit.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from celery import bootsteps
from celery.concurrency.thread import TaskPool as ThreadPool
from celery.worker import state
from celery.worker.consumer.consumer import Consumer
from celery.worker.consumer.tasks import Tasks
from kombu.entity import Queue

from orchestrator.domain.triggers import Priority
from orchestrator.ledger.finishing import FINISHING
from orchestrator.ledger.order import UrgentFirst, most_scheduled
from orchestrator.queues import class_of, is_reserve

RESERVED_FIRST = 10
"""The reserved worker's priority at its queues; others have none, which is 0."""


_DELAYS = "celery.worker.consumer.delayed_delivery:DelayedDelivery"
"""Celery's step that gives RabbitMQ 28 queues for messages with a countdown. We send none: the outbox keeps times."""


def leave_out_delays() -> None:
    """Start workers without Celery's queues for delays. Safe to call again."""
    blueprint = Consumer.Blueprint
    blueprint.default_steps = [step for step in blueprint.default_steps if step != _DELAYS]


class Lane(Queue):
    """A queue of RabbitMQ with a credit of its own: how many of its messages this worker may hold unacknowledged."""

    attrs = (*Queue.attrs, ("credit", int))  # type: ignore[assignment] # kombu infers its own length
    credit = 0

    def consume(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  kombu's own signature
        """Ask for the messages, at most so many at a time."""
        if self.credit:
            self.channel.basic_qos(0, self.credit, False)  # noqa: FBT003  AMQP: for the consumers that follow, not all
        return super().consume(*args, **options)  # type: ignore[no-untyped-call] # kombu has no types


class Terms(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Settles the terms each time the worker has a connection, before it asks for messages."""

    requires = (Tasks,)

    def start(self, c: Any) -> None:  # noqa: ANN401  Celery's consumer
        """Settle them."""
        slots = int(c.pool.num_processes)
        channel = c.task_consumer.channel
        if c.app.conf.worker_disable_prefetch and isinstance(c.pool, ThreadPool):
            vars(c.pool.executor)["_max_workers"] = FINISHING.allow(slots, hub=c.hub)
            channel.qos.can_consume = FINISHING.has_room
        cycle = getattr(channel, "_queue_cycle", None)
        if isinstance(cycle, UrgentFirst):
            usual = channel.brpop_timeout
            cycle.limit(full=partial(full_of_scheduled, slots), pace=partial(_pace, channel, usual=usual))
        elif c.connection.transport.driver_type == "amqp":
            c.task_consumer.queues = [
                lane(channel) for lane in amqp_lanes(c.app.amqp.queues.consume_from.values(), slots=slots)
            ]


def full_of_scheduled(slots: int) -> bool:
    """Whether this worker holds as many scheduled steps as it may; quick where it holds fewer steps than that."""
    if len(state.reserved_requests.data) < most_scheduled(slots):
        return False
    # The set itself must not be walked: threads that end steps change it meanwhile.
    held = [reference() for reference in tuple(state.reserved_requests.data)]
    low = sum(class_of(str(one.delivery_info.get("routing_key"))) is Priority.LOW for one in held if one is not None)
    return low >= most_scheduled(slots)


def amqp_lanes(queues: Iterable[Queue], *, slots: int) -> list[Lane]:
    """Return the queues with what a worker of so many slots asks of each: credit, and the reserved one's priority."""
    served = list(queues)
    reserve = is_reserve(queue.name for queue in served)
    return [
        Lane(  # type: ignore[no-untyped-call] # kombu has no types
            queue.name,
            queue.exchange,
            routing_key=queue.routing_key,
            queue_arguments=queue.queue_arguments,  # type: ignore[attr-defined] # set by its attrs
            consumer_arguments={"x-priority": RESERVED_FIRST} if reserve else None,
            credit=most_scheduled(slots) if class_of(queue.name) is Priority.LOW else slots,
        )
        for queue in served
    ]


def _pace(channel: Any, seconds: float | None, *, usual: float) -> None:  # noqa: ANN401  kombu's channel
    """Set for how long one look into the queues waits at most."""
    channel.brpop_timeout = usual if seconds is None else seconds
