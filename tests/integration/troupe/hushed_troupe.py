"""The troupe with workers that keep their events for themselves as long as they can."""

from troupe import app

from orchestrator.ledger import event_batches

event_batches.SECONDS = 3_600

__all__ = ["app"]
