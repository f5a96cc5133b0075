"""Which attempt at which step: what every conditional statement is about."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Attempt:
    """One attempt. Its number is the fencing token."""

    run_id: UUID
    step: str
    number: int

    @property
    def where(self) -> dict[str, object]:
        """The parameters that name it."""
        return {"run": self.run_id, "step": self.step, "attempt": self.number}
