"""What belongs to each target: its findings, what was seen of it, and what each agent said of it."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from agents.contract import AgentReport, Coverage, Severity, Target, Work
from agents.report.bundle import AgentNote, ReportedFinding, TargetSection
from agents.report.escape import plain

T = TypeVar("T")


def sections(
    work: Work, *, findings: Sequence[ReportedFinding], coverage: Sequence[Coverage]
) -> tuple[TargetSection, ...]:
    """Return one section for each target of the run, and for each that a finding or a report names, worst first."""
    known = {target.id: target for target in work.targets}
    # A finding may name a target that the run does not list, e.g. one that an agent discovered: it is shown as well.
    told = (report.target for report in work.reports if report.target)
    ids = dict.fromkeys([*known, *(finding.target for finding in findings), *told])
    of_findings = grouped(findings, by=[finding.target for finding in findings])
    of_coverage = grouped(coverage, by=[row.subject for row in coverage])
    of_reports = grouped(work.reports, by=[report.target for report in work.reports])
    shown = [
        _section(
            key,
            target=known.get(key),
            findings=of_findings.get(key, ()),
            coverage=of_coverage.get(key, ()),
            reports=of_reports.get(key, ()),
        )
        for key in ids
    ]
    return tuple(sorted(shown, key=_worst_first))


def grouped(rows: Iterable[T], *, by: Iterable[str]) -> dict[str, list[T]]:
    """Return the rows by their keys, each in its order."""
    groups: dict[str, list[T]] = {}
    for row, key in zip(rows, by, strict=True):
        groups.setdefault(key, []).append(row)
    return groups


def note(report: AgentReport) -> AgentNote:
    """Return what the report shows of itself beside its findings."""
    return AgentNote(
        agent=report.agent,
        target=report.target,
        summary=report.summary,
        confidence=report.confidence,
        reasons=report.reasons,
        findings=len({finding.id for finding in report.findings}),
        metrics=report.metrics,
        role=report.role,
    )


def _section(
    key: str,
    *,
    target: Target | None,
    findings: Sequence[ReportedFinding],
    coverage: Sequence[Coverage],
    reports: Sequence[AgentReport],
) -> TargetSection:
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in reversed(Severity)}
    return TargetSection(
        id=key,
        label=plain(target.label) if target else plain(key),
        kind=target.kind if target else None,
        tier=target.tier if target else "",
        severity=findings[0].severity if findings else None,
        severities=counts,
        findings=tuple(finding.id for finding in findings),
        coverage=tuple(coverage),
        agents=tuple(note(report) for report in reports),
    )


def _worst_first(section: TargetSection) -> tuple[list[int], str, str]:
    return ([-count for count in section.severities.values()], section.label, section.id)
