"""What one run consists of: the standard run, or a fan of steps with one join."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

FANS = (10, 100, 1_000)
STANDARD = (4, 2, 1)
"""Independent steps, then steps that need all of those, then one that needs both."""


@dataclass(frozen=True)
class Work:
    """One kind of run. ``seconds`` is how long each step waits."""

    shape: Literal["standard", "fan"] = "standard"
    width: int = 4
    seconds: float = 0.0

    @property
    def phases(self) -> tuple[int, ...]:
        """How many steps stand side by side, phase after phase; each phase needs all of the one before."""
        return STANDARD if self.shape == "standard" else (self.width, 1)

    @property
    def steps(self) -> int:
        """How many steps one run has."""
        return sum(self.phases)

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return asdict(self)


NOOP = Work()
WAITING = Work(seconds=0.05)


def fan(width: int) -> Work:
    """Return a fan of no-op steps with one join."""
    return Work(shape="fan", width=width)
