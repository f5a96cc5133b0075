"""From one step's work to the bundle: the synthesis, and what belongs to each target, put in the order of reading."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue

from agents.analysis.merging import MergedFinding, merge_findings
from agents.analysis.synthesis import synthesise
from agents.contract import AgentReport, Coverage, CoverageState, Evidence, Role, Severity, Target, TargetKind, Work
from agents.report.bundle import (
    AgentNote,
    EvidenceNote,
    ReportBundle,
    ReportedFinding,
    TargetSection,
    TriggerNote,
    safe,
)
from agents.report.changes import changes
from agents.report.escape import plain
from agents.report.wording import counted

ADVISORY_SOURCES = frozenset({"osv", "advisories", "advisory"})
NO_ADVISORIES = (
    "No folder of advisories was given, so known vulnerabilities were not looked up. "
    "Add one to the watchlist as a target: advisories: PATH (a folder of OSV records, one JSON file each)."
)
NOTES_LIMIT = 100


def assemble(work: Work) -> ReportBundle:
    """Return the report's bundle: deterministic, its only clock is ``work.now``, its text safe to show."""
    work = _without_idle(work)
    findings = merge_findings(work.reports)
    labels = {target.id: target.label for target in work.targets}
    synthesis = synthesise(work.reports, missing=work.missing, unlooked=_unlooked(work), labels=labels)
    evidence = _evidence(work.reports, wanted={key for merged in findings for key in merged.finding.evidence})
    reported = tuple(_reported(merged, labels=labels, evidence=evidence) for merged in findings)
    return safe(
        ReportBundle(
            run_id=work.run_id,
            title=_title(work),
            as_of=work.now,
            trigger=_trigger(work),
            synthesis=synthesis,
            changes=changes(reported, reports=work.reports, labels=labels, now=work.now),
            findings=reported,
            targets=_sections(work, findings=reported, coverage=synthesis.coverage),
            across=tuple(_note(report) for report in work.reports if not report.target),
            missing=work.missing,
            plan_notes=_strings(work.options.get("plan_notes")),
        )
    )


def _without_idle(work: Work) -> Work:
    """Return the work without reports of baselines that there was no need of."""
    said = tuple(report for report in work.reports if report.role is not Role.IDLE)
    return work if len(said) == len(work.reports) else work.model_copy(update={"reports": said})


def _unlooked(work: Work) -> tuple[Coverage, ...]:
    """Where nobody was asked to look for advisories, the report says so: no findings must not read as none exist."""
    rows = [*work.missing, *(row for report in work.reports for row in report.coverage)]
    given = any(target.kind is TargetKind.ADVISORIES for target in work.targets)
    if given or not work.reports or any(row.source in ADVISORY_SOURCES for row in rows):
        return ()
    return (Coverage(source="advisories", subject="", state=CoverageState.NOT_COLLECTED, detail=NO_ADVISORIES),)


def _reported(
    merged: MergedFinding, *, labels: Mapping[str, str], evidence: Mapping[str, EvidenceNote]
) -> ReportedFinding:
    finding = merged.finding
    return ReportedFinding(
        id=finding.id,
        kind=finding.kind,
        severity=finding.severity,
        title=plain(finding.title) or plain(finding.kind),
        target=finding.target,
        target_label=labels.get(finding.target, finding.target),
        confidence=finding.confidence,
        since=finding.since,
        detail=finding.detail,
        next_action=finding.next_action,
        evidence=tuple(evidence.get(key, EvidenceNote(key=key)) for key in finding.evidence),
        coverage=finding.coverage,
        agents=merged.agents,
        data=finding.data,
    )


def _evidence(reports: Iterable[AgentReport], *, wanted: set[str]) -> dict[str, EvidenceNote]:
    """Return the facts that findings name and the run still holds, by the id or key under which they are named."""
    notes: dict[str, EvidenceNote] = {}
    for report in reports:
        for row in report.evidence:
            for key in {row.id, row.key} & wanted:
                notes.setdefault(key, _evidence_note(row, key=key))
    return notes


def _evidence_note(row: Evidence, *, key: str) -> EvidenceNote:
    return EvidenceNote(key=key, kind=row.kind, title=plain(row.title), at=row.at)


def _sections(
    work: Work, *, findings: Sequence[ReportedFinding], coverage: Sequence[Coverage]
) -> tuple[TargetSection, ...]:
    known = {target.id: target for target in work.targets}
    # A finding may name a target that the run does not list, e.g. one that an agent discovered: it is shown as well.
    ids = dict.fromkeys([*known, *(finding.target for finding in findings), *_told_targets(work.reports)])
    sections = [
        _section(
            key,
            target=known.get(key),
            findings=[finding for finding in findings if finding.target == key],
            coverage=[row for row in coverage if row.subject == key],
            reports=[report for report in work.reports if report.target == key],
        )
        for key in ids
    ]
    return tuple(sorted(sections, key=_worst_first))


def _told_targets(reports: Iterable[AgentReport]) -> Iterator[str]:
    return (report.target for report in reports if report.target)


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
        agents=tuple(_note(report) for report in reports),
    )


def _note(report: AgentReport) -> AgentNote:
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


def _worst_first(section: TargetSection) -> tuple[list[int], str, str]:
    return ([-count for count in section.severities.values()], section.label, section.id)


def _title(work: Work) -> str:
    named = [work.options.get("label"), work.options.get("watchlist")]
    title = next((plain(name) for name in named if isinstance(name, str) and name.strip()), "")
    if title or len(work.targets) != 1:
        return title or counted(len(work.targets), "target")
    return plain(work.targets[0].label)


def _trigger(work: Work) -> TriggerNote:
    told = work.options.get("trigger")
    details = told if isinstance(told, Mapping) else {}
    label = next((value for name in ("label", "title", "text") if isinstance(value := details.get(name), str)), "")
    return TriggerNote(kind=work.trigger_kind, label=plain(label), details=details)


def _strings(value: JsonValue) -> tuple[str, ...]:
    listed = value if isinstance(value, list | tuple) else []
    return tuple(note for note in listed if isinstance(note, str))[:NOTES_LIMIT]
