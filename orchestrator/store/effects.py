"""What a report leaves behind beside its step: all of it inside the transaction that completes the step."""

from uuid import UUID

from sqlalchemy import Connection

from agents.contract import AgentReport
from orchestrator.store.evidence import save_evidence
from orchestrator.store.findings import save_findings


def save_effects(conn: Connection, report: AgentReport, *, tenant: str, run_id: UUID, step: str) -> None:
    """Write a report's evidence, then its findings and files."""
    save_evidence(conn, report, tenant=tenant, run_id=run_id)
    save_findings(conn, report, tenant=tenant, run_id=run_id, step=step)
