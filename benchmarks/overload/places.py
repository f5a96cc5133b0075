"""What the flood asks to be looked at."""

from itertools import cycle
from pathlib import Path

from agents.contract import Target, TargetKind

PLACES = 4_000


class Places:
    """Lock files in turn: more than live runs look at, for a target is collected by one run at a time."""

    def __init__(self, folder: Path) -> None:
        self._locations = [str(folder / f"lock-{number}.txt") for number in range(PLACES)]
        for location in self._locations:
            Path(location).write_text("flask==3.0.0\nrequests==2.31.0\n", encoding="utf-8")
        self._turns = cycle(self._locations)

    def next(self) -> Target:
        """Return the next one. Threads may call it side by side."""
        return Target(kind=TargetKind.SBOM, location=next(self._turns))
