"""Who serves which queue, as the workers themselves answer."""

from collections.abc import Iterable, Iterator, Mapping

from celery import Celery

from agents.catalog import catalog
from agents.contract import Pool
from orchestrator.queues import served_by

ANSWER_SECONDS = 1.0
"""How long workers get to answer: all of it is waited for, since nobody knows how many there are."""
_POOLS = {Pool.THREADS: "threads", Pool.PROCESSES: "prefork"}


def consumers(app: Celery, *, seconds: float = ANSWER_SECONDS) -> Mapping[str, frozenset[str]]:
    """Return the names of the workers that serve each queue; a queue that nobody serves is not there.

    Raises kombu's ``OperationalError`` where the broker does not answer.
    """
    served: dict[str, set[str]] = {}
    for worker, queues in (app.control.inspect(timeout=seconds).active_queues() or {}).items():
        for queue in queues or ():
            served.setdefault(str(queue["name"]), set()).add(str(worker))
    return {queue: frozenset(workers) for queue, workers in served.items()}


def unserved(app: Celery, queues: Iterable[str]) -> list[str]:
    """Return those of the queues that no worker serves, by name."""
    return sorted(set(queues) - consumers(app).keys())


def worker_commands(queues: Iterable[str]) -> Iterator[str]:
    """Yield the commands that start workers for the queues, each kind of step on its own kind of pool."""
    wanted = set(queues)
    for pool, option in _POOLS.items():
        mine = [queue for queue in served_by(catalog(), pool) if queue in wanted]
        if mine:
            yield f"celery -A orchestrator worker --pool={option} --queues={','.join(mine)}"


def say_unserved(app: Celery, queues: Iterable[str]) -> Iterator[str]:
    """Yield what to tell somebody whose run waits in queues that no worker serves; nothing where all are served."""
    missing = unserved(app, queues)
    if missing:
        yield f"no worker serves {', '.join(missing)}: start `lookout up`, or {' and '.join(worker_commands(missing))}"
