"""What the HTML template is handed: the bundle's values laid out for a page, with nothing left to decide but markup."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from agents.analysis.coverage import WHOLE, WORST_FIRST
from agents.contract import Coverage, CoverageState, Frozen, Severity, stable_id
from agents.report import gallery, measures, overview, pressing
from agents.report.bundle import ReportBundle, ReportedFinding, TargetSection
from agents.report.facts import CitedFact, cited_facts
from agents.report.sparkline import sparkline
from agents.report.svg import Picture

OPEN_FINDINGS = 30
"""So many findings stand open on the page at most, the worst; the others wait folded, by severity."""
FEW_FINDINGS = 12
"""Up to so many, the minor ones stand open as well."""
PICTURED = 12
"""So many targets have pictures of their own, the worst; every target has its line in the table."""
OPEN_TARGETS = 3
TOP_ACTIONS = 3
RECENT_SHOWN = 3
WORST_SHOWN = 3
EVIDENCE_SHOWN = 12
ALARMS_SHOWN = 4
NAMED_SHOWN = 6
"""So many targets of one pattern are named."""
OPEN_ROWS = 40
LONG_GROUP = 100
NEWS = 60
"""So many changes stand on the page at most, and as many actions: each is with its finding as well."""
FACTS = 1_000
"""So many facts stand with their provenance; the others by their ids."""
SPARK_WEEKS = 52


class AgentFigures(Frozen):
    """One agent's word on one target: its summary, and its plain figures by name."""

    agent: str
    summary: str
    confidence: float
    reasons: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]


class TargetView(Frozen):
    """One target's line in the table, and what unfolds below it."""

    anchor: str
    section: TargetSection
    score: float | None
    spark: str
    commits: int | None
    """In the weeks of the spark line; None where no commits were told."""
    seen_weeks: int | None
    """How many weeks those are, where what was seen does not reach back a year."""
    states: tuple[tuple[CoverageState, int], ...]
    freshest: Coverage | None
    pictures: tuple[Picture, ...]
    authors: tuple[measures.Author, ...]
    issues: tuple[pressing.PressingIssue, ...]
    agents: tuple[AgentFigures, ...]


class FindingGroup(Frozen):
    """Findings of one severity that wait folded."""

    severity: Severity
    findings: tuple[ReportedFinding, ...]
    whole: bool
    """Whether these are all of their severity; else the worst of them stand open above."""

    @property
    def long(self) -> bool:
        """Whether they are so many that each is told in brief, and none is printed."""
        return len(self.findings) > LONG_GROUP


class CoverageGroup(Frozen):
    """The rows of one state, of which there are too many to stand open."""

    state: CoverageState
    rows: tuple[Coverage, ...]


class PageView(Frozen):
    """The whole page beside the bundle itself."""

    open_findings: tuple[ReportedFinding, ...]
    folded_findings: tuple[FindingGroup, ...]
    gaps: tuple[Coverage, ...]
    seen: tuple[tuple[CoverageState, int], ...]
    """How many sources gave which answer, worst first."""
    targets: tuple[TargetView, ...]
    overview: tuple[Picture, ...]
    """The pictures of all targets together."""
    cited: tuple[CitedFact, ...]
    """The facts that findings rest on, as far as they stand with their provenance."""
    more_cited: tuple[CitedFact, ...]
    """Those that stand by their ids alone."""
    strip: Picture | None
    open_coverage: tuple[Coverage, ...]
    folded_coverage: tuple[CoverageGroup, ...]


def page_view(bundle: ReportBundle) -> PageView:
    """Lay the bundle out for the page; draws its pictures."""
    alone = len(bundle.targets) == 1
    targets = tuple(_target(section, at=at, now=bundle.as_of, alone=alone) for at, section in enumerate(bundle.targets))
    rows = bundle.synthesis.coverage
    open_count = _open_count(bundle.findings)
    many = _many(rows)
    facts = cited_facts(bundle.findings)
    return PageView(
        open_findings=bundle.findings[:open_count],
        folded_findings=_folded(bundle.findings, after=open_count),
        gaps=tuple(row for row in rows if row.state not in WHOLE),
        seen=_counted(row.state for row in rows),
        targets=targets,
        overview=gallery.overview_pictures(bundle),
        cited=facts[:FACTS],
        more_cited=facts[FACTS:],
        strip=overview.coverage_strip(rows, key="p-coverage"),
        open_coverage=tuple(row for row in rows if row.state not in many),
        folded_coverage=_folded_coverage(rows, many=many),
    )


def anchor(target: str) -> str:
    """Return the id of the target's place on the page."""
    return stable_id("t", target)


def _open_count(findings: Sequence[ReportedFinding]) -> int:
    if len(findings) <= FEW_FINDINGS:
        return len(findings)
    return min(OPEN_FINDINGS, sum(finding.severity.rank >= Severity.MEDIUM.rank for finding in findings))


def _folded(findings: Sequence[ReportedFinding], *, after: int) -> tuple[FindingGroup, ...]:
    opened = {finding.severity for finding in findings[:after]}
    groups = (
        FindingGroup(
            severity=severity,
            findings=tuple(finding for finding in findings[after:] if finding.severity is severity),
            whole=severity not in opened,
        )
        for severity in reversed(Severity)
    )
    return tuple(group for group in groups if group.findings)


def _counted(states: Iterable[CoverageState]) -> tuple[tuple[CoverageState, int], ...]:
    counts = Counter(states)
    return tuple((state, counts[state]) for state in WORST_FIRST if counts[state])


def _many(rows: Sequence[Coverage]) -> frozenset[CoverageState]:
    """Return the states that have too many rows to stand open."""
    return frozenset(state for state, count in Counter(row.state for row in rows).items() if count > OPEN_ROWS)


def _folded_coverage(rows: Sequence[Coverage], *, many: frozenset[CoverageState]) -> tuple[CoverageGroup, ...]:
    return tuple(
        CoverageGroup(state=state, rows=tuple(row for row in rows if row.state is state))
        for state in WORST_FIRST
        if state in many
    )


def _target(section: TargetSection, *, at: int, now: datetime, alone: bool) -> TargetView:
    told = [note.metrics for note in section.agents]
    weeks = gallery.weekly_commits(section)[-SPARK_WEEKS:]
    return TargetView(
        anchor=anchor(section.id),
        section=section,
        score=next((score for metrics in told if (score := measures.score(metrics)) is not None), None),
        spark=sparkline([week.commits for week in weeks]),
        commits=sum(week.commits for week in weeks) if weeks else None,
        seen_weeks=len(weeks) if 0 < len(weeks) < SPARK_WEEKS else None,
        states=_counted(row.state for row in section.coverage),
        freshest=max(
            (row for row in section.coverage if row.as_of),
            key=lambda row: (row.as_of is not None and row.as_of.timestamp(), row.source),
            default=None,
        ),
        pictures=gallery.target_pictures(section, now=now, alone=alone, key=f"p{at}") if at < PICTURED else (),
        authors=gallery.first(measures.authors(metrics) for metrics in told),
        issues=gallery.first(pressing.pressing_issues(metrics) for metrics in told),
        agents=tuple(
            AgentFigures(
                agent=note.agent,
                summary=note.summary,
                confidence=note.confidence,
                reasons=note.reasons,
                figures=measures.figures(note.metrics),
            )
            for note in section.agents
        ),
    )
