"""The watchlist: what a team depends on, and how closely it wants each thing watched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue

from agents.contract import Frozen, Severity, Target

TIERS = ("critical", "tech_stack", "infrastructure", "tools")
"""How much a target matters, most first."""

DAY_SECONDS = 86_400


class Defaults(Frozen):
    """What holds for every target that does not say otherwise."""

    tier: str = "tools"
    look: tuple[str, ...] = ()
    """Empty: whatever the target's kind allows."""
    max_age_seconds: Annotated[int, Field(gt=0)] = DAY_SECONDS
    options: Mapping[str, JsonValue] = Field(default_factory=dict)


class Watchlist(Frozen):
    """One watchlist file, validated: its targets in the file's order, no two with the same id."""

    name: str
    targets: tuple[Target, ...]
    defaults: Defaults = Defaults()
    path: Path
    """The file, absolute."""
    fail_on: Severity | None = None
    """Findings at or above it make ``lookout run`` exit with 4, where the command line says nothing else."""
    lines: Mapping[str, int] = Field(default_factory=dict)
    """Target id to the line of the file where it stands, from 1."""
