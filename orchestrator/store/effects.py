"""What reports leave behind beside their steps: all of it inside the transaction that completes the steps."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection

from agents.contract import AgentReport, Role
from orchestrator.store.evidence import save_evidence
from orchestrator.store.findings import save_artifacts, save_findings, unsaid


def save_effects(conn: Connection, reports: Mapping[str, AgentReport], *, tenant: str, run_id: UUID) -> None:
    """Write the evidence, then the findings and files, of a run's reports by the names of their steps."""
    for report in reports.values():
        save_evidence(conn, report, tenant=tenant, run_id=run_id)
    own = {step: _own(conn, report, run_id=run_id) for step, report in reports.items()}
    save_findings(conn, own, tenant=tenant, run_id=run_id)
    for step, report in reports.items():
        save_artifacts(conn, report, run_id=run_id, step=step)


def _own(conn: Connection, report: AgentReport, *, run_id: UUID) -> AgentReport:
    """Return a report with what it may write down as its own: a baseline adds to agents' findings, and changes none."""
    return report if report.role is Role.AGENT else unsaid(conn, report, run_id=run_id)
