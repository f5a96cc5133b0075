"""The facts that a report's findings rest on, each once, with the findings that name it."""

from collections.abc import Iterable

from agents.contract import Frozen
from agents.report.bundle import EvidenceNote, ReportedFinding


class CitedFact(Frozen):
    """One fact and the ids of the findings that rest on it, worst first."""

    note: EvidenceNote
    findings: tuple[str, ...]


def cited_facts(findings: Iterable[ReportedFinding]) -> tuple[CitedFact, ...]:
    """Return every fact once, by its id, in the order of the findings that name it."""
    notes: dict[str, EvidenceNote] = {}
    named: dict[str, list[str]] = {}
    for finding in findings:
        for note in finding.evidence:
            notes.setdefault(note.id, note)
            named.setdefault(note.id, []).append(finding.id)
    return tuple(CitedFact(note=note, findings=tuple(dict.fromkeys(named[key]))) for key, note in notes.items())
