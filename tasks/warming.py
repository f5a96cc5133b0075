"""The reserved worker is warm before it serves: what a first step would wait for is loaded and open."""

from collections.abc import Iterable
from contextlib import ExitStack
from uuid import UUID

import structlog
from celery import Celery
from sqlalchemy.exc import SQLAlchemyError

from agents.rehearsal import rehearse
from orchestrator.ledger import completing_statements, statements
from orchestrator.ledger.relay import BROKER_TROUBLE
from orchestrator.queues import is_reserve
from orchestrator.store.process import direct, engine

_NOTHING = {"run": UUID(int=0), "steps": [""]}
"""What no run has."""
_log = structlog.get_logger(__name__)


def warm_up(app: Celery, *, queues: Iterable[str], slots: int) -> bool:
    """Get a reserved worker of so many threads ready; return whether it is one. A server that is away is met later."""
    if not is_reserve(queues):
        return False
    rehearse()
    try:
        open_lines(app, count=slots)
    except (SQLAlchemyError, *BROKER_TROUBLE) as error:
        _log.warning("not all connections could be opened yet", error=str(error))
    return True


def open_lines(app: Celery, *, count: int) -> None:
    """Open so many connections to the database and to the broker, and leave them open in their pools."""
    with ExitStack() as held:
        for _ in range(count):
            held.enter_context(engine().connect())
            producer = held.enter_context(app.amqp.producer_pool.acquire(block=True))
            for queue in app.amqp.queues.values():
                producer.maybe_declare(queue)
    direct().warm(
        count,
        statements={
            statements.CLAIM: {**_NOTHING, "owner": "", "lease": 1.0, "token": UUID(int=0)},
            completing_statements.COMPLETE: {**_NOTHING, "tenant": "", "rows": "[]", "findings": "[]"},
        },
    )
