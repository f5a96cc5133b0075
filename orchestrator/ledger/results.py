"""The part of a report that stays with its step; findings, evidence and files have tables of their own."""

from typing import Any

from agents.contract import AgentReport, Finding

_ELSEWHERE = {"findings", "evidence", "quarantined", "cursors", "artifacts", "replaces"}


def kept(report: AgentReport) -> dict[str, Any]:
    """Return the JSON that is kept with the step, with the number of items that went elsewhere."""
    counts = {
        "evidence": len(report.evidence),
        "quarantined": len(report.quarantined),
        "findings": len(report.findings),
    }
    return {**report.model_dump(mode="json", exclude=_ELSEWHERE), "counts": counts}


def restored(result: dict[str, Any], *, findings: tuple[Finding, ...]) -> AgentReport:
    """Return the report that joining agents see: what was kept, with its findings."""
    body = {key: value for key, value in result.items() if key != "counts"}
    return AgentReport.model_validate({**body, "findings": findings})
