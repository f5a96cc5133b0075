"""Queues from the catalogue: every agent's lanes, the door for callers, upkeep, and actions."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from kombu.entity import Exchange, Queue

from agents.contract import AgentSpec, Pool
from orchestrator.domain.lanes import lane, lane_class
from orchestrator.domain.triggers import Priority

DOOR = "celery"
"""Where a bare Celery client sends when it names no queue: triggers of callers that have only Celery."""
UPKEEP = "upkeep"
"""Sweeps and other work of the system itself."""
ACTIONS = "actions"
"""What findings set off: it calls others' servers. No reserved worker serves it, and it goes with the normal lanes."""
ROUTES = {"lookout.trigger": {"queue": DOOR}, "lookout.sweep": {"queue": UPKEEP}, "lookout.act": {"queue": ACTIONS}}


@lru_cache(maxsize=1_024)
def class_of(queue: str) -> Priority:
    """Return in which class a queue is served; the door and upkeep, both short, are served with the high lanes.

    Workers ask for every queue before each message that they take.
    """
    return Priority.HIGH if queue in (DOOR, UPKEEP) else lane_class(queue)


def task_queues(specs: Mapping[str, AgentSpec]) -> tuple[Queue, ...]:
    """Return every queue there is, each with an exchange and a routing key of its own.

    Quorum queues, RabbitMQ's durable kind, are asked for by name; Redis does not read the argument.
    """
    return tuple(
        Queue(name, Exchange(name, type="direct"), routing_key=name, queue_arguments={"x-queue-type": "quorum"})
        for name in [*_lanes(specs.values()), DOOR, UPKEEP, ACTIONS]
    )


def urgent_lanes(specs: Mapping[str, AgentSpec]) -> list[str]:
    """Return the urgent lanes, which the reserved worker serves and every other worker looks into first."""
    return [lane(spec, Priority.CRITICAL) for spec in specs.values()]


def served_by(specs: Mapping[str, AgentSpec], pool: Pool) -> list[str]:
    """Return the queues of the worker group whose steps wait (threads) or compute (processes), urgent lanes first."""
    lanes = _lanes(spec for spec in specs.values() if spec.pool is pool)
    return [*lanes, DOOR, UPKEEP, ACTIONS] if pool is Pool.THREADS else lanes


def served_by_reserve(specs: Mapping[str, AgentSpec]) -> list[str]:
    """Return the queues of the reserved worker: urgent lanes, and what must not wait until a step ends somewhere."""
    return [*urgent_lanes(specs), DOOR, UPKEEP]


def is_reserve(queues: Iterable[str]) -> bool:
    """Whether a worker of these queues is a reserved one: urgent lanes are the only ones that it serves."""
    lanes = {queue for queue in queues if queue not in (DOOR, UPKEEP)}
    return bool(lanes) and all(map(is_urgent, lanes))


def is_urgent(queue: str) -> bool:
    """Whether a queue is an urgent lane."""
    return class_of(queue) is Priority.CRITICAL


def _lanes(specs: Iterable[AgentSpec]) -> list[str]:
    """Return the agents' lanes, class by class."""
    mine = tuple(specs)
    return [lane(spec, priority) for priority in Priority for spec in mine]
