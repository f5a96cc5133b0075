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


def restored(result: str, *, findings: tuple[Finding, ...]) -> AgentReport:
    """Return the report that joining agents see: what was kept, as JSON without its ``counts``, with its findings.

    From JSON itself: values that were read into Python before are validated one by one, which takes ten times as long.
    """
    report = AgentReport.model_validate_json(result)
    return report.model_copy(update={"findings": findings}) if findings else report
