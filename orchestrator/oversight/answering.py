"""Answering: of several answers at once the first counts, and what waited for it goes on in the same transaction."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine

from agents.contract import APPROVE
from orchestrator.errors import RefusedAnswerError
from orchestrator.ledger import ending_statements, outbox
from orchestrator.oversight import statements
from orchestrator.oversight.asked import Asked, AskedState, find_asked, read_asked
from orchestrator.oversight.holding import decide_held
from orchestrator.store.approvals import HOLD
from orchestrator.store.documents import clean_text
from orchestrator.store.patience import once_more

NOBODY = "nobody"
"""Who answered where a question's default holds."""
_LONGEST = 4_000


class Fate(StrEnum):
    """What became of an answer."""

    TAKEN = "taken"
    TOO_LATE = "too_late"
    """Somebody answered before, or what waited for it is over: the question says which."""


@dataclass(frozen=True)
class Given:
    """An answer as somebody gives it. ``ticket`` tells it from another's, should it come twice."""

    value: str
    who: str
    why: str
    ticket: UUID


@dataclass(frozen=True)
class Answered:
    """What became of an answer, and how the question stands now."""

    fate: Fate
    asked: Asked


def answer(engine: Engine, name: str, *, value: str, who: str, why: str = "") -> Answered:
    """Answer the question of an id, or the beginning of one; what waited for it is in the outbox then.

    Raises ``UnknownApprovalError``, and ``RefusedAnswerError`` where the value is none of the choices.
    """
    given = Given(
        value=clean_text(value)[:_LONGEST], who=clean_text(who)[:200], why=clean_text(why)[:_LONGEST], ticket=uuid4()
    )
    with engine.connect() as conn:
        asked = find_asked(conn, name)
    _check(asked, given)
    return once_more(lambda: give(engine, asked, given))


def give(engine: Engine, asked: Asked, given: Given) -> Answered:
    """Take an answer that fits, once. Safe to call again after a lost connection: the ticket tells that it was ours."""
    with engine.connect() as conn:
        with conn.begin() as transaction:
            if not _take(conn, asked, given):
                transaction.rollback()
        with conn.begin():
            now = read_asked(conn, asked.id)
    return Answered(Fate.TAKEN if now.ticket == given.ticket else Fate.TOO_LATE, now)


def _check(asked: Asked, given: Given) -> None:
    """Refuse an answer that does not fit its question. A question that was answered tells that first."""
    if asked.state is not AskedState.OPEN:
        return
    if not given.value:
        raise RefusedAnswerError(f"{asked.id}: the answer is empty; write one")
    if asked.choices and given.value not in asked.choices:
        raise RefusedAnswerError(
            f"{asked.id}: {given.value!r} is none of the choices; answer one of: {', '.join(asked.choices)}"
        )


def _take(conn: Connection, asked: Asked, given: Given) -> bool:
    """Take an answer and let go on what waited for it; False where it came too late, and nothing of it may stay.

    Locks as everywhere: the step, what is written, the run.
    """
    where = {"run": asked.run_id, "step": asked.step}
    if asked.step and conn.execute(ending_statements.GO_ON_ANSWERED, where).one_or_none() is None:
        return False
    taken = {"id": asked.id, "value": given.value, "who": given.who, "why": given.why, "ticket": given.ticket}
    if conn.execute(statements.TAKE_ANSWER, taken).one_or_none() is None:
        return False
    if asked.step and asked.run_id:
        outbox.write_down(conn, asked.run_id, why=outbox.Why.ANSWERED, steps=[asked.step])
    elif asked.run_id and asked.key == HOLD:
        words = f"its result was not approved by {given.who}" + (f": {given.why}" if given.why else "")
        return decide_held(conn, asked.run_id, approved=given.value == APPROVE, words=words)
    return True
