"""The ledger's limits, as one value that whoever builds the ledger hands over."""

from dataclasses import dataclass, field

from orchestrator.ledger.decisions import Backoff


@dataclass(frozen=True)
class Limits:
    """Times in seconds, and how often a step may fail or be lost."""

    lease_seconds: float = 15.0
    heartbeat_seconds: float = 5.0
    quiet_seconds: float = 10.0
    """How long a run may stand still before it is sent again; doubles with each time."""
    lot_seconds: float = 0.02
    """How long the steps that one message stands for should take in all; 0 gives each a message of its own."""
    lot_patience_seconds: float = 0.25
    """How long a lot may really take before the steps in it that have not begun go back."""
    max_losses: int = 10
    deadline_seconds: float = 3_600.0
    backoff: Backoff = field(default_factory=lambda: Backoff(multiplier=2.0, max=300.0))
