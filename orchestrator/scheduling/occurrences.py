"""One occurrence of a schedule, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from orchestrator.domain.triggers import Trigger
from orchestrator.scheduling.due import Following, Rhythm, following


class Fate(StrEnum):
    """What became of an occurrence."""

    FIRED = "fired"
    """A run was accepted."""
    COALESCED = "coalesced"
    """The schedule's previous run still runs and serves this occurrence too."""
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
    """A schedule that is due, as it was read at ``now``, the database's time."""

    tenant: str
    rhythm: Rhythm
    trigger: dict[str, Any]
    due: datetime
    now: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Row[Any]) -> "Due":
        """Return what a row says."""
        rhythm = Rhythm(name=row.name, every_seconds=row.every_seconds, jitter=row.jitter)
        return cls(row.tenant, rhythm, row.trigger, due=row.next_due, now=row.now, updated_at=row.updated_at)

    @property
    def following(self) -> Following:
        """What comes after it."""
        return following(self.rhythm, due=self.due, now=self.now)

    @property
    def key(self) -> dict[str, Any]:
        """The occurrence's key as the database knows it."""
        return {"tenant": self.tenant, "name": self.rhythm.name, "due": self.due}

    def signal(self) -> Trigger:
        """Return the trigger of this occurrence. pydantic's ValidationError where this version cannot read it."""
        return Trigger.model_validate({**self.trigger, "as_of": self.due})

    def ended(self, fate: Fate, *, run_id: UUID | None = None, note: str | None = None) -> Occurrence:
        """Return the occurrence with its fate."""
        return Occurrence(self.rhythm.name, self.due, fate, run_id=run_id, note=note)


def note_of(following: Following, *, running: UUID | None, refusal: str | None) -> str | None:
    """Return what is out of the ordinary about an occurrence, in words; None where nothing is."""
    notes = [
        f"refused: {refusal}" if refusal else "",
        f"coalesced: run {running} still runs" if running else "",
        f"stands for {following.missed} more that were missed" if following.missed else "",
    ]
    return "; ".join(note for note in notes if note) or None
