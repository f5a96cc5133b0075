"""One finding said by several agents is one finding: merged by id, put in the order in which people read."""

from collections.abc import Iterable, Sequence

from agents.analysis.ordering import canonical
from agents.contract import AgentReport, Finding, Frozen, worst


class MergedFinding(Frozen):
    """A finding and the agents that reported it."""

    finding: Finding
    agents: tuple[str, ...]


def merge_findings(reports: Iterable[AgentReport]) -> tuple[MergedFinding, ...]:
    """Return every distinct finding once, worst first, then surest, then by target and id.

    Where agents say the same claim, the worst severity and the highest confidence stand, their evidence and coverage
    are joined, and the words are those of the agent that comes first by name: the order of the reports is no matter.
    """
    said: dict[str, list[tuple[str, Finding]]] = {}
    for report in reports:
        for finding in report.findings:
            said.setdefault(finding.id, []).append((report.agent, finding))
    return tuple(sorted((_merged(group) for group in said.values()), key=_reading_order))


def _merged(group: Sequence[tuple[str, Finding]]) -> MergedFinding:
    ordered = sorted(group, key=lambda pair: (pair[0], canonical(pair[1])))
    first = ordered[0][1]
    findings = [finding for _, finding in ordered]
    joined = first.model_copy(
        update={
            "severity": worst(finding.severity for finding in findings),
            "confidence": max(finding.confidence for finding in findings),
            "since": min((finding.since for finding in findings if finding.since), default=None),
            "evidence": tuple(dict.fromkeys(key for finding in findings for key in finding.evidence)),
            "coverage": tuple({canonical(row): row for finding in findings for row in finding.coverage}.values()),
        }
    )
    return MergedFinding(finding=joined, agents=tuple(sorted({agent for agent, _ in ordered})))


def _reading_order(merged: MergedFinding) -> tuple[int, float, str, str]:
    finding = merged.finding
    return (-finding.severity.rank, -finding.confidence, finding.target, finding.id)
