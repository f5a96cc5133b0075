"""The findings and their evidence as Markdown: the worst in full, the next in a line each, of the rest the ids."""

from collections.abc import Iterator, Sequence

from agents.contract import Coverage
from agents.report.bundle import EvidenceNote, ReportBundle, ReportedFinding
from agents.report.escape import code, markdown
from agents.report.facts import CitedFact, cited_facts
from agents.report.markdown_parts import CELL_LIMIT, id_of, state_of
from agents.report.wording import ago, capitalized, counted, day, freshness, listed_counts, percent

FULL_FINDINGS = 40
LINE_FINDINGS = 1_000
IDS_A_LINE = 8
EVIDENCE = 8
FACTS = 150
"""So many facts stand with their provenance."""
DETAIL_LIMIT = 800
PAGE_LIMIT = 200


def findings(bundle: ReportBundle) -> Iterator[str]:
    """Yield the section of findings."""
    found = bundle.findings
    yield f"## Findings: {listed_counts(bundle.synthesis.severities)}"
    for finding in found[:FULL_FINDINGS]:
        yield ""
        yield from _finding(finding, bundle=bundle)
    lines = found[FULL_FINDINGS:LINE_FINDINGS]
    if lines:
        yield ""
        yield f"### {counted(len(lines), 'more finding')}"
        yield ""
        yield from (_finding_line(finding) for finding in lines)
    yield from _ids(found[LINE_FINDINGS:])
    if not found:
        yield ""
        yield "No findings in what was seen; the coverage below says what was."


def _finding(finding: ReportedFinding, *, bundle: ReportBundle) -> Iterator[str]:
    since = f"{day(finding.since)} ({ago(finding.since, now=bundle.as_of)})" if finding.since else "not known"
    yield f"### {capitalized(finding.severity)}: {markdown(finding.title)}{' (exploited)' if finding.exploited else ''}"
    yield ""
    yield f"- **Target:** {markdown(finding.target_label, limit=CELL_LIMIT)}"
    yield f"- **Since:** {since}"
    yield f"- **Confidence:** {percent(finding.confidence)}, said by {markdown(', '.join(finding.agents))}"
    if finding.detail:
        yield f"- **What:** {markdown(finding.detail, limit=DETAIL_LIMIT)}"
    if finding.next_action:
        yield f"- **Next:** {markdown(finding.next_action)}"
    yield f"- **Evidence:** {_evidence(finding)}"
    yield from (f"- **Seen:** {_seen(row, bundle=bundle)}" for row in finding.coverage)
    yield f"- **Id:** {code(finding.id)}"


def _evidence(finding: ReportedFinding) -> str:
    told = [code(note.key, limit=CELL_LIMIT) for note in finding.evidence[:EVIDENCE]]
    rest = len(finding.evidence) + finding.evidence_left - EVIDENCE
    return ", ".join([*told, *([f"and {rest} more"] if rest > 0 else [])]) or "none named"


def _seen(row: Coverage, *, bundle: ReportBundle) -> str:
    why = f": {markdown(row.detail)}" if row.detail else ""
    return f"{state_of(row.state)} {markdown(row.source)}, {freshness(row, now=bundle.as_of)}{why}"


def _finding_line(finding: ReportedFinding) -> str:
    title = markdown(finding.title, limit=CELL_LIMIT)
    return f"- **{finding.severity}** {title} ({markdown(finding.target_label, limit=40)}){id_of(finding.id)}"


def _ids(found: Sequence[ReportedFinding]) -> Iterator[str]:
    if found:
        yield ""
        yield f"And {counted(len(found), 'more finding')}, by id:"
        yield ""
    yield from _listed([finding.id for finding in found])


def evidence(bundle: ReportBundle) -> Iterator[str]:
    """Yield the section of evidence: every fact's id, and of the worst findings' where it was found."""
    facts = cited_facts(bundle.findings)
    yield "## Evidence"
    yield ""
    if not facts:
        yield "No finding names any evidence."
        return
    yield "| Id | Fact | Of | Page |"
    yield "| --- | --- | --- | --- |"
    yield from (_fact(fact) for fact in facts[:FACTS])
    if facts[FACTS:]:
        yield ""
        yield f"And {counted(len(facts) - FACTS, 'more fact')}, by id:"
        yield ""
    yield from _listed([fact.note.id for fact in facts[FACTS:]])
    left = sum(finding.evidence_left for finding in bundle.findings)
    if left:
        yield ""
        yield f"{counted(left, 'more piece')} that findings name are in the database alone."


def _fact(fact: CitedFact) -> str:
    note = fact.note
    page = f"<{note.url}>" if len(note.url) <= PAGE_LIMIT and note.url else ""
    return f"| {code(note.id)} | {_provenance(note)} | {day(note.at)} | {page} |"


def _provenance(note: EvidenceNote) -> str:
    if not note.source:
        return f"{code(note.key, limit=CELL_LIMIT)}, as its finding names it"
    where = f"{markdown(note.source, limit=40)} · {markdown(note.kind.replace('_', ' '), limit=40)}"
    title = f": {markdown(note.title, limit=CELL_LIMIT)}" if note.title and note.title != note.natural else ""
    return f"{where} {code(note.natural, limit=CELL_LIMIT)}{title}"


def _listed(ids: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(ids), IDS_A_LINE):
        yield " ".join(code(key) for key in ids[start : start + IDS_A_LINE])
