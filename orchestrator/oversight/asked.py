"""What people were asked, read: one question by its id or the beginning of it, those that wait, those of one run."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from agents.contract import AskKind
from orchestrator.errors import UnknownApprovalError
from orchestrator.oversight import statements
from orchestrator.store.tables.columns import DEFAULT_TENANT


class AskedState(StrEnum):
    """How a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    OVER = "over"
    """Its run ended, or its step was dropped, before anybody answered."""


@dataclass(frozen=True)
class Asked:
    """One question, and its answer once there is one. ``run_id`` is None for an escalation, which is about no run."""

    id: str
    run_id: UUID | None
    step: str
    """Empty for a run's result that is held, and for an escalation."""
    key: str
    kind: AskKind
    question: str
    choices: tuple[str, ...]
    default_answer: str
    asked_at: datetime
    until: datetime | None
    """When the default holds, or the run's time is up."""
    answered_at: datetime | None
    answer: str | None
    who: str | None
    why: str | None
    ticket: UUID | None
    """Which call answered it."""
    escalated_at: datetime | None
    escalated_why: str | None
    """Why it is urgent that somebody answers."""
    run_kind: str | None
    subject: str | None
    state: AskedState


def find_asked(conn: Connection, name: str, *, tenant: str = DEFAULT_TENANT) -> Asked:
    """Return the question that an id, or the beginning of one, means. Raises ``UnknownApprovalError``.

    Where several begin so, the only one that still waits is meant.
    """
    plain = name.strip().lower()
    rows = conn.execute(statements.FIND_ASKED, {"tenant": tenant, "prefix": plain}).scalars().all() if plain else []
    found = [asked for row in rows for asked in _read(conn, tenant=tenant, id=row)]
    exact = [asked for asked in found if asked.id == plain]
    waiting = [asked for asked in found if asked.state is AskedState.OPEN]
    meant = exact or (found if len(found) == 1 else waiting)
    if len(meant) != 1:
        fault = "is the beginning of several ids" if meant else "is not known"
        raise UnknownApprovalError(
            f"approval {name!r} {fault}: `lookout approvals list` shows what waits for an answer"
        )
    return meant[0]


def read_asked(conn: Connection, name: str, *, tenant: str = DEFAULT_TENANT) -> Asked:
    """Return the question of a whole id that is known."""
    return _read(conn, tenant=tenant, id=name)[0]


def list_open(conn: Connection, *, tenant: str = DEFAULT_TENANT) -> tuple[Asked, ...]:
    """Return what waits for an answer: first what was escalated, then the oldest."""
    return tuple(asked for asked in _read(conn, tenant=tenant, open=True) if asked.state is AskedState.OPEN)


def list_all(conn: Connection, *, tenant: str = DEFAULT_TENANT) -> tuple[Asked, ...]:
    """Return all that was ever asked and is still kept, the oldest first."""
    return tuple(_read(conn, tenant=tenant))


def asked_by(conn: Connection, run_id: UUID, *, tenant: str = DEFAULT_TENANT) -> tuple[Asked, ...]:
    """Return what was asked in the name of a run, the oldest first."""
    return tuple(_read(conn, tenant=tenant, run=run_id))


def _read(conn: Connection, **wanted: object) -> list[Asked]:
    """Return questions, the oldest first."""
    rows = conn.execute(statements.ASKED, {"id": None, "run": None, "open": False, **wanted}).mappings()
    return [
        Asked(
            **{
                **row,
                "kind": AskKind(row["kind"]),
                "choices": tuple(row["choices"]),
                "state": AskedState(row["state"]),
            }
        )
        for row in rows
    ]
