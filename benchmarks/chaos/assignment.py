"""What a submitting process is told on its command line."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Assignment:
    """Every ``of``-th run of a load, from ``number`` on, with at most ``window`` runs under way at a time.

    Where the file ``stop`` is there, no further run is submitted.
    """

    seed: int
    runs: int
    number: int
    of: int
    window: int
    journal: Path
    stop: Path

    def to_word(self) -> str:
        """Return it as one word of a command line."""
        return json.dumps({**asdict(self), "journal": str(self.journal), "stop": str(self.stop)})

    @classmethod
    def from_word(cls, word: str) -> Self:
        """Return what a word of a command line says."""
        values = json.loads(word)
        return cls(**{**values, "journal": Path(values["journal"]), "stop": Path(values["stop"])})

    def numbers(self) -> range:
        """Return which runs of the load are to be submitted."""
        return range(self.number, self.runs, self.of)
