"""What was put aside because it could not be read: shown, counted, dropped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.collection import statements
from orchestrator.collection.errors import CollectionError
from orchestrator.planning.problems import did_you_mean, shown
from orchestrator.store.documents import clean_text
from orchestrator.store.tables.columns import DEFAULT_TENANT

_NAMED = 10
"""Targets that an error names at most."""
_KNOWN = 1_000
"""Targets among which a misspelt one is looked for."""


@dataclass(frozen=True)
class Chosen:
    """Which items are meant: those of a target, of a source, of a key; None: whichever."""

    target: str | None = None
    source: str | None = None
    key: str | None = None
    tenant: str = DEFAULT_TENANT

    @property
    def values(self) -> dict[str, Any]:
        """As the statements read it."""
        given = {"target": self.target, "source": self.source, "key": self.key}
        return {"tenant": self.tenant, **{name: value and clean_text(value) for name, value in given.items()}}

    @property
    def words(self) -> str:
        """As people read it."""
        told = (self.target and f"of {self.target}", self.source and f"from {self.source}", self.key)
        return ", ".join(part for part in told if part) or "of any target"


@dataclass(frozen=True)
class Aside:
    """One item that could not be read, and why. ``reason`` and ``raw`` may quote a stranger's text."""

    target: str
    source: str
    key: str
    reason: str
    raw: str
    run_id: UUID
    """The run that met it last."""
    at: datetime


def list_aside(conn: Connection, chosen: Chosen, *, limit: int = 100) -> tuple[Aside, ...]:
    """Return what was put aside, the newest first."""
    rows = conn.execute(statements.LIST, {**chosen.values, "limit": limit}).mappings()
    return tuple(Aside(**row) for row in rows)


def count_aside(conn: Connection, chosen: Chosen) -> int:
    """Return how many items were put aside. Raises ``CollectionError`` where none were."""
    found: int = conn.execute(statements.COUNT, chosen.values).scalar_one()
    if not found:
        raise nothing_aside(conn, chosen)
    return found


def drop_aside(conn: Connection, chosen: Chosen) -> int:
    """Forget items in the caller's transaction; return how many went. One that a run meets again comes back."""
    return conn.execute(statements.DROP, chosen.values).rowcount


def nothing_aside(conn: Connection, chosen: Chosen) -> CollectionError:
    """Return the error of a choice that nothing fits, with what there is."""
    rows = conn.execute(statements.TARGETS, {"tenant": chosen.tenant, "limit": _KNOWN}).scalars().all()
    hint = did_you_mean(chosen.target, among=rows) if chosen.target and chosen.target not in rows else ""
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    there = f"there is something of {', '.join(rows[:_NAMED])}{more}" if rows else "nothing was put aside at all"
    told = [f"nothing {shown(chosen.words)[1:-1]} was put aside", hint, f"{there}: `lookout quarantine` lists it"]
    return CollectionError("; ".join(part for part in told if part))
