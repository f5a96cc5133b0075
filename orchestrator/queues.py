"""Queues from the catalogue: one an agent, each with its urgent lane, the door for callers, and upkeep."""

from collections.abc import Mapping

from kombu.entity import Exchange, Queue

from agents.contract import AgentSpec, Pool

DOOR = "celery"
"""Where a bare Celery client sends when it names no queue: triggers of callers that have only Celery."""
UPKEEP = "upkeep"
"""Sweeps and other work of the system itself."""
ROUTES = {"lookout.trigger": {"queue": DOOR}, "lookout.sweep": {"queue": UPKEEP}}


def task_queues(specs: Mapping[str, AgentSpec]) -> tuple[Queue, ...]:
    """Return every queue there is, each with an exchange and a routing key of its own.

    Quorum queues, RabbitMQ's durable kind, are asked for by name; Redis does not read the argument.
    """
    return tuple(
        Queue(name, Exchange(name, type="direct"), routing_key=name, queue_arguments={"x-queue-type": "quorum"})
        for name in [*urgent_lanes(specs), *ordinary_queues(specs), DOOR, UPKEEP]
    )


def urgent_lanes(specs: Mapping[str, AgentSpec]) -> list[str]:
    """Return the urgent lanes, which the reserved worker serves alone and every other worker first."""
    return [spec.urgent_queue for spec in specs.values()]


def ordinary_queues(specs: Mapping[str, AgentSpec]) -> list[str]:
    """Return the agents' ordinary queues."""
    return [spec.queue for spec in specs.values()]


def served_by(specs: Mapping[str, AgentSpec], pool: Pool) -> list[str]:
    """Return the queues of the worker group whose steps wait (threads) or compute (processes), urgent lanes first."""
    mine = [spec for spec in specs.values() if spec.pool is pool]
    lanes = [spec.urgent_queue for spec in mine] + [spec.queue for spec in mine]
    return [*lanes, DOOR, UPKEEP] if pool is Pool.THREADS else lanes


def is_urgent(queue: str) -> bool:
    """Whether a queue is an urgent lane."""
    return queue.endswith(".urgent")
