"""One occurrence of a schedule, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from orchestrator.domain.triggers import Trigger
from orchestrator.scheduling.adjusting import Terms, reading
from orchestrator.scheduling.turns import Patience, Turn, turn, turn_by_hand


class Fate(StrEnum):
    """What became of an occurrence."""

    FIRED = "fired"
    """A run was accepted."""
    COALESCED = "coalesced"
    """The schedule's previous run still runs and serves this occurrence too."""
    SKIPPED = "skipped"
    """It was missed, and what is missed is not made up for."""
    WAITING = "waiting"
    """It stays due: the one before it is to be caught up with first, or there is no room for another run now."""
    REFUSED = "refused"
    """No plan can be made of the schedule's trigger; the note says why."""
    OVERTAKEN = "overtaken"
    """Somebody else fired it, or changed the schedule meanwhile."""
    FENCED = "fenced"
    """Another leads by now; nothing was done."""


@dataclass(frozen=True)
class Occurrence:
    """An occurrence with its fate. ``run_id`` is the run that serves it; ``note`` says what is out of the ordinary."""

    schedule: str
    due: datetime
    fate: Fate
    run_id: UUID | None = None
    note: str | None = None


@dataclass(frozen=True)
class Due:
    """A schedule that is due, as it was read at ``now``, the database's time, and what is done about it."""

    tenant: str
    terms: Terms
    trigger: dict[str, Any]
    now: datetime
    updated_at: datetime
    turn: Turn

    @classmethod
    def of(cls, row: Row[Any], *, patience: Patience) -> "Due":
        """Return what a row says. BrokenScheduleError where it cannot be read here."""
        terms = Terms.of(row)
        with reading(row.name):
            done = turn(terms.rhythm, catch_up=terms.catch_up, due=row.next_due, now=row.now, patience=patience)
        return cls(row.tenant, terms, row.trigger, now=row.now, updated_at=row.updated_at, turn=done)

    @classmethod
    def by_hand(cls, row: Row[Any]) -> "Due":
        """Return what a row says where somebody asks for a look now, whatever the schedule says."""
        terms = Terms.of(row)
        with reading(row.name):
            done = turn_by_hand(terms.rhythm, catch_up=terms.catch_up, planned=row.next_due, now=row.now)
        return cls(row.tenant, terms, row.trigger, now=row.now, updated_at=row.updated_at, turn=done)

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self.terms.rhythm.name

    @property
    def due(self) -> datetime:
        """When the occurrence was due that is written down."""
        return self.turn.due

    @property
    def key(self) -> dict[str, Any]:
        """The occurrence's key as the database knows it."""
        return {"tenant": self.tenant, "name": self.name, "due": self.due}

    def signal(self) -> Trigger:
        """Return the trigger of this occurrence. pydantic's ValidationError where this version cannot read it."""
        trigger = Trigger.model_validate({**self.trigger, "as_of": self.due})
        if self.terms.tier is None:
            return trigger
        targets = tuple(target.model_copy(update={"tier": self.terms.tier}) for target in trigger.targets)
        return trigger.model_copy(update={"targets": targets})

    def ended(self, fate: Fate, *, run_id: UUID | None = None, note: str | None = None) -> Occurrence:
        """Return the occurrence with its fate."""
        return Occurrence(self.name, self.due, fate, run_id=run_id, note=note)


def note_of(turn: Turn, *, running: UUID | None = None, refusal: str | None = None) -> str | None:
    """Return what is out of the ordinary about an occurrence, in words; None where nothing is."""
    notes = [
        f"refused: {refusal}" if refusal else "",
        f"coalesced: run {running} still runs" if running else "",
        *turn.notes,
    ]
    return "; ".join(note for note in notes if note) or None
