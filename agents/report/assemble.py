"""From one step's work to the bundle: the synthesis, and what belongs to each target, put in the order of reading."""

from collections.abc import Mapping

from pydantic import JsonValue

from agents.analysis.coverage import WHOLE
from agents.analysis.merging import MergedFinding, merge_findings
from agents.analysis.synthesis import synthesise
from agents.contract import Coverage, CoverageState, Role, TargetKind, Work
from agents.report.bundle import ReportBundle, ReportedFinding, TriggerNote, safe
from agents.report.changes import changes
from agents.report.citing import Cited, cite
from agents.report.effort import efforts
from agents.report.escape import plain
from agents.report.joined import patterns, tiers
from agents.report.sections import note, sections
from agents.report.since import Unseen, compare
from agents.report.wording import counted

ADVISORY_SOURCES = frozenset({"osv", "advisories", "advisory"})
NO_ADVISORIES = (
    "Nothing that knows of flaws was watched, so known vulnerabilities were not looked up. Add a target to the "
    "watchlist: advisories: osv (the service), or advisories: PATH (a folder of OSV records, one JSON file each)."
)
UNNAMED_REPLAY = "recordings that the run does not name"
NOTES_LIMIT = 100


def assemble(work: Work) -> ReportBundle:
    """Return the report's bundle: deterministic, its only clock is ``work.now``, its text safe to show."""
    work = _without_idle(work)
    findings = merge_findings(work.reports)
    labels = {target.id: target.label for target in work.targets}
    synthesis = synthesise(work.reports, missing=work.missing, unlooked=_unlooked(work), labels=labels)
    cited = cite(work, [merged.finding for merged in findings])
    reported = tuple(_reported(*pair, labels=labels) for pair in zip(findings, cited, strict=True))
    unseen = Unseen(
        subjects=frozenset(row.subject for row in synthesis.coverage if row.state not in WHOLE),
        advisories=frozenset(target.id for target in work.targets if target.kind is TargetKind.ADVISORIES),
        targets=frozenset(target.id for target in work.targets),
    )
    return safe(
        ReportBundle(
            run_id=work.run_id,
            title=_title(work),
            as_of=work.now,
            trigger=_trigger(work),
            replay=replayed(work),
            synthesis=synthesis,
            efforts=efforts(synthesis.actions, findings=reported),
            since_last=compare(work.options.get("earlier"), reported, unseen=unseen, labels=labels),
            changes=changes(reported, reports=work.reports, labels=labels, now=work.now),
            findings=reported,
            targets=sections(work, findings=reported, coverage=synthesis.coverage),
            tiers=tiers(work.reports),
            patterns=patterns(work.reports, now=work.now),
            across=tuple(note(report) for report in work.reports if not report.target),
            missing=work.missing,
            plan_notes=_strings(work.options.get("plan_notes")),
        )
    )


def replayed(work: Work) -> str:
    """Return what is replayed, where the run reads recordings and not the world; nothing where it does not."""
    told = work.options.get("replay")
    played = (report.metrics.get("replay") for report in work.reports)
    named = next((title for title in (told, *played) if isinstance(title, str) and title), "")
    if named:
        return plain(named)
    return UNNAMED_REPLAY if told is True else ""


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


def _reported(merged: MergedFinding, cited: Cited, *, labels: Mapping[str, str]) -> ReportedFinding:
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
        evidence=cited.notes,
        evidence_left=cited.left,
        coverage=finding.coverage,
        agents=merged.agents,
        data=finding.data,
        exploited=finding.data.get("exploited") is True,
    )


def _title(work: Work) -> str:
    named = [work.options.get("label"), work.options.get("watchlist")]
    title = next((plain(name) for name in named if isinstance(name, str) and name.strip()), "")
    if title or len(work.targets) != 1:
        return title or counted(len(work.targets), "target")
    return plain(work.targets[0].label)


def _trigger(work: Work) -> TriggerNote:
    told = work.options.get("trigger")
    details = told if isinstance(told, Mapping) else {}
    named = (value for name in ("label", "title", "text", "subject") if isinstance(value := details.get(name), str))
    label = next((value for value in named if value.strip()), "")
    return TriggerNote(kind=work.trigger_kind, label=plain(label), details=details)


def _strings(value: JsonValue) -> tuple[str, ...]:
    listed = value if isinstance(value, list | tuple) else []
    return tuple(note for note in listed if isinstance(note, str))[:NOTES_LIMIT]
