"""The tables, one file an area. Importing this package declares all of them."""

from orchestrator.store.metadata import metadata
from orchestrator.store.tables import (
    evidence,
    findings,
    ledger,
    oversight,
    pages,
    quota,
    response,
    retention,
    schedules,
    sightings,
)

__all__ = [
    "evidence",
    "findings",
    "ledger",
    "metadata",
    "oversight",
    "pages",
    "quota",
    "response",
    "retention",
    "schedules",
    "sightings",
]
