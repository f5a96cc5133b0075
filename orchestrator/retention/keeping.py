"""How long things are kept, in days, as one value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Keeping:
    """Days from an end, a look or a note until it goes."""

    details: int = 90
    """A run's steps, attempts, gates, findings and files, from its end; its row and key stay."""
    keys: int = 400
    """A run's row, from its end: for as long a duplicate of its trigger is recognised."""
    evidence: int = 180
    """All that was collected of a target, from the last look at it."""
    occurrences: int = 90
    calls: int = 90
    quarantine: int = 90
    dead_letters: int = 180
    action_audit: int = 400
    """Lines of the actions' audit, and answers about no run. The table itself refuses to lose what is under 90."""
    sent: int = 1
    """Outbox rows, from when they were sent."""

    @property
    def details_at_most(self) -> int:
        """How long details are really kept: they never outlive their run's key."""
        return min(self.details, self.keys)
