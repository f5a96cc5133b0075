"""What a person changed about a schedule at run time. It outlives every edit of the file, until it is taken back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from agents.contract import Frozen
from orchestrator.domain.watchlist import CatchUp
from orchestrator.errors import BrokenScheduleError
from orchestrator.planning.crons import Cron
from orchestrator.scheduling.due import Rhythm


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn whatever keeps the schedule ``name`` from being read into a ``BrokenScheduleError``."""
    try:
        yield
    except (ValueError, ArithmeticError) as error:
        raise BrokenScheduleError(
            f"schedule {name!r} cannot be read here: {error}; or else change it with `lookout schedules set`, or "
            "remove it and watch its file again"
        ) from error


class Adjustment(Frozen):
    """What is to be different from the file; None where the file's word holds."""

    every_seconds: Annotated[float, Field(gt=0)] | None = None
    cron: str | None = None
    """A checked expression; empty where ``every_seconds`` takes the place of the file's."""
    time_zone: str | None = None
    jitter: Annotated[float, Field(ge=0, le=0.5)] | None = None
    catch_up: CatchUp | None = None
    tier: str | None = None

    @property
    def given(self) -> Mapping[str, Any]:
        """What is different, by name, as JSON values."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is different, as people see it: an age in place of the clock's times is one thing."""
        return tuple(name for name, value in self.given.items() if value != "")

    def then(self, later: "Adjustment") -> "Adjustment":
        """Return both together; the later one wins, and an age and times of the clock replace each other."""
        given = {**self.given, **later.given}
        if later.every_seconds is not None:
            given["cron"] = ""
            given.pop("time_zone", None)
        elif later.cron:
            given.pop("every_seconds", None)
        return Adjustment.model_validate(given)


@dataclass(frozen=True)
class Terms:
    """What holds for a schedule: the file's words with a person's in their place."""

    rhythm: Rhythm
    catch_up: CatchUp
    tier: str | None
    """In place of every target's own; None where theirs hold."""
    adjusted: tuple[str, ...]
    """Names of what a person changed."""

    @classmethod
    def of(cls, row: Row[Any]) -> "Terms":
        """Return what a row says. BrokenScheduleError where it cannot be read here."""
        with reading(row.name):
            return cls.merged(row, Adjustment.model_validate(row.adjusted))

    @classmethod
    def merged(cls, row: Row[Any], adjustment: Adjustment) -> "Terms":
        """Return what a row would say with another adjustment. ValueError where that cannot be read here."""
        words: dict[str, Any] = {
            "every_seconds": row.every_seconds,
            "cron": row.cron,
            "time_zone": row.time_zone,
            "jitter": row.jitter,
            "catch_up": row.catch_up,
            "tier": None,
            **adjustment.given,
        }
        cron = Cron(words["cron"], words["time_zone"]).checked() if words["cron"] else None
        every = cron.spacing_seconds if cron and cron.expression != row.cron else words["every_seconds"]
        rhythm = Rhythm(row.name, every_seconds=every, jitter=0.0 if cron else words["jitter"], cron=cron)
        return cls(rhythm, CatchUp(words["catch_up"]), tier=words["tier"], adjusted=adjustment.names)
