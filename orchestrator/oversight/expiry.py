"""What nobody answered in time: the question's default holds. Done at every sweep."""

from uuid import uuid4

import structlog
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from orchestrator.oversight import statements
from orchestrator.oversight.answering import NOBODY, Fate, Given, give
from orchestrator.oversight.asked import read_asked

_log = structlog.get_logger(__name__)

WHY = "nobody answered in time: this is the question's default"
_LOT = 200


def expire(engine: Engine) -> int:
    """Answer what expired with its default, each in a transaction of its own; return how many were answered."""
    with engine.connect() as conn:
        rows = conn.execute(statements.EXPIRED, {"limit": _LOT}).all()
    return sum(_expire_one(engine, row.id, value=row.default_answer) for row in rows)


def _expire_one(engine: Engine, name: str, *, value: str) -> bool:
    """Answer one with its default; False where somebody was quicker, or others hold it for long."""
    given = Given(value=value, who=NOBODY, why=WHY, ticket=uuid4())
    with engine.connect() as conn:
        asked = read_asked(conn, name)
    try:
        return give(engine, asked, given).fate is Fate.TAKEN
    except OperationalError as error:
        if not isinstance(error.orig, DeadlockDetected | LockNotAvailable):
            raise
        _log.warning("others are at work on it; the next sweep tries again", approval=name)
        return False
