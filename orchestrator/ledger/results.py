"""The part of a report that stays with its step; findings, evidence and files have tables of their own."""

from agents.contract import AgentReport, Finding
from orchestrator.store.documents import to_json

_ELSEWHERE = {"findings", "evidence", "quarantined", "cursors", "artifacts", "replaces"}


def kept(report: AgentReport) -> str:
    """Return the JSON text that is kept with the step, with the number of items that went elsewhere."""
    counts = {
        "evidence": len(report.evidence),
        "quarantined": len(report.quarantined),
        "findings": len(report.findings),
    }
    return f'{to_json(report, without=_ELSEWHERE)[:-1]},"counts":{to_json(counts)}}}'


def restored(result: str, *, findings: tuple[Finding, ...]) -> AgentReport:
    """Return the report that joining agents see: what was kept, as JSON without its ``counts``, with its findings.

    From JSON itself: values that were read into Python before are validated one by one, which takes ten times as long.
    """
    report = AgentReport.model_validate_json(result)
    return report.model_copy(update={"findings": findings}) if findings else report
