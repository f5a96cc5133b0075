"""Escalation: what waits too long for a person is raised, and what the system sees going wrong is put to one.

Done at every sweep. What is escalated stands first in ``lookout approvals list``, with the reason; the run that waits
for it moves up one class of priority, so that it is not late a second time once somebody has answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import OperationalError

from agents.contract import AgentSpec
from orchestrator.domain.triggers import Priority
from orchestrator.errors import RefusedChangeError
from orchestrator.oversight import escalation_statements as statements
from orchestrator.oversight.answering import NOBODY
from orchestrator.oversight.changes import By, Reprioritise, change_run
from orchestrator.store.approvals import new_name
from orchestrator.store.documents import clean_text

_log = structlog.get_logger(__name__)

PREFIX = "escalation:"
"""How the keys begin of what the system puts to a person; what follows says what is wrong, and with whom."""
SEEN = "seen"
"""The answer to it: somebody knows. The same is asked again once it happens again."""
_LOT = 200


@dataclass(frozen=True)
class Terms:
    """When something is escalated."""

    seconds: float = 3_600.0
    """How long a question may wait; a quarter of that where its run or finding is critical."""
    slower_percent: float = 10.0
    """By how much an agent's steps may take longer than they usually do."""


@dataclass(frozen=True)
class Escalation:
    """What escalates, with the catalogue that says where a run's steps go when its priority moves."""

    terms: Terms
    specs: Mapping[str, AgentSpec]

    def sweep(self, engine: Engine) -> int:
        """Escalate what is due; return how much was."""
        with engine.begin() as conn:
            given = {"seconds": self.terms.seconds, "limit": _LOT}
            late = conn.execute(statements.ESCALATE, given).all()
        for row in late:
            _log.warning("escalated", approval=row.id, why=row.why)
            if row.run_id is not None and row.priority is not None:
                self._raise(engine, row)
        return len(late) + self._put_to_people(engine)

    def _raise(self, engine: Engine, row: Row[Any]) -> None:
        """Move the run that waits up one class; one that is over, critical or locked stays as it is."""
        if row.priority <= Priority.CRITICAL:
            return
        wanted = Reprioritise(Priority(row.priority - 1), specs=self.specs)
        try:
            change_run(engine, row.run_id, [wanted], by=By(NOBODY, f"{row.id} was escalated: {row.why}"))
        except RefusedChangeError as error:
            _log.info("its run ended meanwhile", approval=row.id, error=str(error))
        except OperationalError as error:
            if not isinstance(error.orig, DeadlockDetected | LockNotAvailable):
                raise
            _log.warning("others are at work on its run, whose priority stays", approval=row.id)

    def _put_to_people(self, engine: Engine) -> int:
        """Ask about what goes wrong and nobody was asked about since; return how much that was."""
        with engine.begin() as conn:
            conn.execute(statements.NOTE_PACE)
            signs = conn.execute(statements.SIGNS, {"prefix": PREFIX, "slower": self.terms.slower_percent}).all()
            for sign in signs:
                _ask(conn, sign)
        return len(signs)


def _ask(conn: Connection, sign: Row[Any]) -> None:
    """Put one thing to a person, once: while it waits, it is not asked again."""
    words = clean_text(sign.words)[:4_000]
    row = {"tenant": sign.tenant, "key": sign.key, "question": words, "choices": [SEEN], "why": sign.kind}
    conn.execute(statements.PUT_TO_PEOPLE, {**row, "id": new_name()})
    conn.execute(statements.ACCEPT_PACE, {"key": sign.key, "prefix": f"{PREFIX}performance:"})
    _log.warning("escalated", key=sign.key, why=words)
