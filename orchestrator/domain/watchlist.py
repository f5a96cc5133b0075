"""The watchlist: what a team depends on, and how closely it wants each thing watched."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue

from agents.contract import Frozen, Hybrid, Severity, Target
from orchestrator.domain.responses import Rule

DAY_SECONDS = 86_400


class CatchUp(StrEnum):
    """What becomes of occurrences that were missed, because nothing was up or there was no room."""

    ONCE = "once"
    """One look stands for all of them."""
    ALL = "all"
    """Each is fired, one after the other, with the time when it was due; of very many the oldest are given up."""
    NONE = "none"
    """They are skipped; the next one comes when it is due."""


class Timing(Frozen):
    """When a target is looked at, beside or in place of how old its data may get."""

    cron: str = ""
    """A cron expression; empty where the age decides."""
    zone: str = "UTC"
    """The time zone of that expression."""
    catch_up: CatchUp = CatchUp.ONCE


class Defaults(Frozen):
    """What holds for every target that does not say otherwise."""

    tier: str = "tools"
    look: tuple[str, ...] = ()
    """Empty: whatever the target's kind allows."""
    max_age_seconds: Annotated[int, Field(gt=0)] = DAY_SECONDS
    timing: Timing = Timing()
    options: Mapping[str, JsonValue] = Field(default_factory=dict)
    hybrid: Hybrid = Hybrid.OFF
    baseline_command: tuple[str, ...] = ()


class Watchlist(Frozen):
    """One watchlist file, validated: its targets in the file's order, no two with the same id."""

    name: str
    targets: tuple[Target, ...]
    defaults: Defaults = Defaults()
    path: Path
    """The file, absolute."""
    fail_on: Severity | None = None
    """Findings at or above it make ``lookout run`` exit with 4, where the command line says nothing else."""
    hold_report: bool = False
    """Whether the result of each run waits for an approval before it goes out."""
    respond: tuple[Rule, ...] = ()
    """What findings may set off."""
    timings: Mapping[str, Timing] = Field(default_factory=dict)
    """Target id to its timing, for those whose age alone does not decide."""
    lines: Mapping[str, int] = Field(default_factory=dict)
    """Target id to the line of the file where it stands, from 1."""

    @property
    def carried(self) -> Mapping[str, JsonValue]:
        """The trigger options that a run takes along: its rules, and whether its result is held; none that says no."""
        rules: Mapping[str, JsonValue] = {"respond": [rule.model_dump(mode="json") for rule in self.respond]}
        return {**(rules if self.respond else {}), **({"hold_report": True} if self.hold_report else {})}

    def timing_of(self, target: Target) -> Timing:
        """Return when a target is looked at."""
        return self.timings.get(target.id, Timing())
