"""A trigger: the signal that becomes one coordinated analysis."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue

from agents.contract import Frozen, Target, Untrusted

LONGEST_DEADLINE_SECONDS = 31_536_000
"""A year: no run is meant to live as long, and the database's clock has an end."""


class TriggerKind(StrEnum):
    """What set the analysis off."""

    MONITOR = "monitor"
    """A scheduled or manual look at a watchlist."""
    ADVISORY = "advisory"
    RELEASE = "release"
    KEYWORD_SPIKE = "keyword_spike"
    WEBHOOK = "webhook"
    REQUEST = "request"
    """A question or a wish that a person typed."""


class Priority(IntEnum):
    """How urgent a run is; lower goes first."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3

    @property
    def urgent(self) -> bool:
        """Whether its steps take the urgent lanes."""
        return self <= Priority.CRITICAL


class Trigger(Frozen):
    """One signal, validated. Its key is what makes a second submit find the first run."""

    kind: TriggerKind
    targets: tuple[Target, ...] = ()
    subject: str = Field(default="", max_length=500)
    """What it is about in the source's own terms: an advisory's id, a release's version, a schedule's name."""
    as_of: AwareDatetime | None = None
    """The subject's own time: when it was modified, released, or due."""
    text: Untrusted = Field(default=Untrusted(""), max_length=20_000)
    """Free text. Shown only as its length in logs and events."""
    options: Mapping[str, JsonValue] = Field(default_factory=dict)
    key: str = Field(default="", max_length=400)
    """The caller's own idempotency key."""
    source: str = Field(default="api", max_length=100)
    """Who enqueued it: ``cli``, ``schedule``, ``send_task``."""
    priority: Priority | None = None
    """Set where the caller knows better than the rules."""
    deadline_seconds: Annotated[float, Field(gt=0, le=LONGEST_DEADLINE_SECONDS)] | None = None
