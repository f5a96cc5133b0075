"""The synthesis over agents: one verdict, one confidence with its reasons, one list of what to do.

Pure: it reads reports and returns a value. The order of the reports does not matter, so a replay gives the same answer.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from pydantic import Field

from agents.analysis.actions import Action, actions
from agents.analysis.agreement import Agreement, agreements
from agents.analysis.confidence import Share, overall_confidence
from agents.analysis.coverage import WHOLE, merge_coverage
from agents.analysis.merging import MergedFinding, merge_findings
from agents.analysis.reasons import Grounds, reasons
from agents.contract import AgentReport, Coverage, Frozen, Role, Severity

NO_LABELS: Mapping[str, str] = MappingProxyType({})


class Verdict(StrEnum):
    """The one thing to know, worst first."""

    ACT_NOW = "act_now"
    ACT_SOON = "act_soon"
    WATCH = "watch"
    CLEAR = "clear"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """The verdict as people say it."""
        return _VERDICT_WORDS[self]


_VERDICT_WORDS = {
    Verdict.ACT_NOW: "Act now",
    Verdict.ACT_SOON: "Act soon",
    Verdict.WATCH: "Keep watching",
    Verdict.CLEAR: "Nothing to do",
    Verdict.UNKNOWN: "Not enough was seen",
}
_VERDICT_OF = {
    Severity.CRITICAL: Verdict.ACT_NOW,
    Severity.HIGH: Verdict.ACT_SOON,
    Severity.MEDIUM: Verdict.WATCH,
    Severity.LOW: Verdict.WATCH,
}


class Synthesis(Frozen):
    """What all agents together say."""

    verdict: Verdict
    status: str
    """One line: the verdict, how many findings of which severity, how sure."""
    confidence: float
    """From 0 to 1; see ``agents.analysis.confidence`` for the method."""
    reasons: tuple[str, ...]
    severities: Mapping[Severity, int]
    """Distinct findings by severity, worst first; every severity is there, 0 where it has none."""
    actions: tuple[Action, ...]
    agreements: tuple[Agreement, ...]
    coverage: tuple[Coverage, ...]
    """Every source and subject, what is missing included, worst first."""
    shares: tuple[Share, ...]
    degraded: tuple[str, ...] = Field(default=(), exclude_if=lambda targets: not targets)
    """Ids of the targets whose agents failed, so that a plain baseline stands in."""


def synthesise(
    reports: Sequence[AgentReport],
    *,
    missing: Sequence[Coverage] = (),
    unlooked: Sequence[Coverage] = (),
    labels: Mapping[str, str] = NO_LABELS,
) -> Synthesis:
    """Return what the reports say together.

    ``missing`` is the coverage of steps that gave none, ``unlooked`` that of sources nobody was asked to look at,
    ``labels`` are the names that people know targets by, by id.
    """
    findings = merge_findings(reports)
    judged = agreements(reports)
    confidence = overall_confidence(_speakers(reports), missing=missing, agreements=judged)
    coverage = merge_coverage([*missing, *unlooked, *(row for report in reports for row in report.coverage)])
    verdict = _verdict(reports, findings=findings, coverage=coverage)
    grounds = Grounds(
        reports=tuple(reports),
        missing=tuple(missing),
        unlooked=tuple(unlooked),
        agreements=judged,
        shares=confidence.shares,
        labels=labels,
    )
    degraded = tuple(sorted({report.target for report in reports if report.role is Role.DEGRADED}))
    status = _status(verdict, reports=reports, findings=findings, confidence=confidence.value, coverage=coverage)
    return Synthesis(
        verdict=verdict,
        status=status + _degraded([labels.get(target, target) for target in degraded]),
        confidence=confidence.value,
        reasons=reasons(grounds),
        severities=_counts(findings),
        actions=actions(reports, findings=findings),
        agreements=judged,
        coverage=coverage,
        shares=confidence.shares,
        degraded=degraded,
    )


def _speakers(reports: Sequence[AgentReport]) -> list[AgentReport]:
    """Return the reports that make a run surer or less sure: what a baseline adds to agents' results does neither."""
    return [report for report in reports if report.role is not Role.BESIDE]


def _degraded(names: Sequence[str]) -> str:
    return f" Degraded: agents failed on {_listed(names)}, a plain baseline stands in." if names else ""


def _counts(findings: Sequence[MergedFinding]) -> dict[Severity, int]:
    return {
        severity: sum(merged.finding.severity is severity for merged in findings)
        for severity in sorted(Severity, key=lambda severity: -severity.rank)
    }


def _verdict(
    reports: Sequence[AgentReport], *, findings: Sequence[MergedFinding], coverage: Sequence[Coverage]
) -> Verdict:
    if findings and findings[0].finding.severity in _VERDICT_OF:
        return _VERDICT_OF[findings[0].finding.severity]
    whole = all(row.state in WHOLE for row in coverage)
    return Verdict.CLEAR if reports and whole else Verdict.UNKNOWN


def _status(
    verdict: Verdict,
    *,
    reports: Sequence[AgentReport],
    findings: Sequence[MergedFinding],
    confidence: float,
    coverage: Sequence[Coverage],
) -> str:
    gaps = sum(row.state not in WHOLE for row in coverage)
    gap_words = f"; {gaps} {'source was' if gaps == 1 else 'sources were'} not fully seen" if gaps else ""
    found = _found(findings) if reports else "no agent gave a report"
    return f"{verdict.words}: {found}; {confidence:.0%} sure{gap_words}."


def _found(findings: Sequence[MergedFinding]) -> str:
    if not findings:
        return "no findings in what was seen"
    counted = [f"{count} {severity}" for severity, count in _counts(findings).items() if count]
    targets = len({merged.finding.target for merged in findings})
    noun = "finding" if len(findings) == 1 else "findings"
    return f"{_listed(counted)} {noun} on {targets} {'target' if targets == 1 else 'targets'}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
