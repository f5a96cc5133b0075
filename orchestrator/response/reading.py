"""Reading actions: what people ask about them. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from orchestrator.domain.responses import ActionKind, ActionState
from orchestrator.errors import UnknownActionError
from orchestrator.response import statements
from orchestrator.store.tables.columns import DEFAULT_TENANT


@dataclass(frozen=True)
class AuditLine:
    """Who brought an action into a state, when and why."""

    at: datetime
    who: str
    state: ActionState
    why: str


@dataclass(frozen=True)
class ActionLine:
    """One action in a list."""

    id: str
    run_id: UUID
    rule: str
    finding_id: str
    target: str
    kind: ActionKind
    band: str
    confidence: float
    state: ActionState
    why: str
    attempt: int
    failures: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    due_at: datetime
    approval: str | None
    title: str
    """May quote untrusted text."""
    severity: str


@dataclass(frozen=True)
class ActionView:
    """One action, whole, with its audit."""

    row: Row[Any]
    audit: tuple[AuditLine, ...]


def list_actions(
    conn: Connection, *, limit: int = 50, states: Sequence[ActionState] = (), tenant: str = DEFAULT_TENANT
) -> tuple[ActionLine, ...]:
    """Return the newest actions, newest first; only those in ``states`` where any are given."""
    wanted = {"tenant": tenant, "limit": limit, "states": [str(state) for state in states] or None}
    rows = conn.execute(statements.LIST, wanted).mappings()
    return tuple(
        ActionLine(**{**row, "kind": ActionKind(row["kind"]), "state": ActionState(row["state"])}) for row in rows
    )


def find_action(conn: Connection, name: str, *, tenant: str = DEFAULT_TENANT) -> str:
    """Return the id that an id, or the beginning of one, means. Raises ``UnknownActionError``."""
    plain = name.strip().lower()
    prefix = plain if plain.startswith("act-") else f"act-{plain}"
    rows = conn.execute(statements.BY_PREFIX, {"tenant": tenant, "prefix": prefix}).scalars().all()
    if not plain or len(rows) != 1:
        fault = "is the beginning of several ids" if plain and rows else "is not known"
        raise UnknownActionError(f"action {name!r} {fault}: `lookout actions list` shows what there is")
    return str(rows[0])


def read_action(conn: Connection, action: str, *, tenant: str = DEFAULT_TENANT) -> ActionView:
    """Return the action of a whole id that is known."""
    wanted = {"tenant": tenant, "id": action}
    audit = tuple(
        AuditLine(row.at, row.who, ActionState(row.state), row.why) for row in conn.execute(statements.AUDIT_OF, wanted)
    )
    return ActionView(conn.execute(statements.ONE, wanted).one(), audit)


def held_back(conn: Connection, *, limit: int = 10) -> tuple[tuple[UUID, str], ...]:
    """Return of which runs limits held actions back, and which limits; the latest first."""
    return tuple((row.run_id, row.note) for row in conn.execute(statements.HELD_BACK, {"limit": limit}))
