"""The tables, one file an area. Importing this package declares all of them."""

from orchestrator.store.metadata import metadata
from orchestrator.store.tables import evidence, findings, ledger, oversight, quota, response, retention, schedules

__all__ = ["evidence", "findings", "ledger", "metadata", "oversight", "quota", "response", "retention", "schedules"]
