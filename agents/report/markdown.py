"""The report as Markdown: what the HTML says, for a job summary, an issue or a mail. Every finding's id is in it.

A job summary holds 1 MiB: the worst findings are told in full, the next in a line each, and of the rest the ids.
"""

from collections.abc import Iterable, Iterator, Sequence

from agents.analysis.actions import Action
from agents.contract import Coverage, CoverageState
from agents.report import measures
from agents.report.bundle import AgentNote, ReportBundle, ReportedFinding, TargetSection
from agents.report.escape import code, markdown
from agents.report.wording import (
    STATES,
    ago,
    band,
    capitalized,
    counted,
    day,
    freshness,
    listed_counts,
    minute,
    percent,
)

FULL_FINDINGS = 40
LINE_FINDINGS = 1_000
IDS_A_LINE = 8
ACTIONS = 10
CHANGES = 10
TARGETS = 250
ROWS = 300
EVIDENCE = 8
CELL_LIMIT = 120
DETAIL_LIMIT = 800


def as_markdown(bundle: ReportBundle) -> str:
    """Return the bundle as Markdown, ending in a line break; same bundle, same bytes."""
    blocks = (
        _head(bundle),
        _changed(bundle),
        _next(bundle),
        _sure(bundle),
        _findings(bundle),
        _targets(bundle),
        _coverage(bundle),
        _made(bundle),
    )
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _head(bundle: ReportBundle) -> Iterator[str]:
    synthesis = bundle.synthesis
    yield f"# {synthesis.verdict.words}: {markdown(bundle.title)}"
    yield ""
    yield f"**{capitalized(markdown(synthesis.status.partition(': ')[2]))}**"
    yield ""
    yield f"As of {minute(bundle.as_of)} · run {code(bundle.run_id)}"


def _changed(bundle: ReportBundle) -> Iterator[str]:
    yield "## What changed"
    yield ""
    trigger = bundle.trigger
    yield f"Set off by: {markdown(trigger.kind)}{f', {markdown(trigger.label)}' if trigger.label else ''}"
    yield ""
    for change in bundle.changes[:CHANGES]:
        where = f"{markdown(change.target_label, limit=CELL_LIMIT)}, {ago(change.at, now=bundle.as_of)}"
        yield f"- {markdown(change.text)} ({where}){_id(change.finding)}"
    yield from _rest(len(bundle.changes) - CHANGES, noun="more change")
    if not bundle.changes:
        yield "Nothing that was seen began in the last 30 days."


def _next(bundle: ReportBundle) -> Iterator[str]:
    yield "## What to do next"
    yield ""
    labels = _labels(bundle)
    for place, action in enumerate(bundle.synthesis.actions[:ACTIONS], start=1):
        yield f"{place}. {_action(action, target=labels.get(action.target, action.target))}"
    yield from _rest(len(bundle.synthesis.actions) - ACTIONS, noun="more action")
    if not bundle.synthesis.actions:
        yield "No agent recommends anything."


def _action(action: Action, *, target: str) -> str:
    asked = f"**{action.severity}** {markdown(action.action)}"
    answers = "".join(_id(key) for key in action.findings[:3])
    return f"{asked} ({markdown(target, limit=CELL_LIMIT)}, {percent(action.confidence)} sure){answers}"


def _sure(bundle: ReportBundle) -> Iterator[str]:
    yield f"## How sure: {percent(bundle.synthesis.confidence)}, {band(bundle.synthesis.confidence)}"
    yield ""
    yield from (f"- {markdown(reason)}" for reason in bundle.synthesis.reasons)


def _findings(bundle: ReportBundle) -> Iterator[str]:
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
    yield f"### {capitalized(finding.severity)}: {markdown(finding.title)}"
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
    rest = len(finding.evidence) - EVIDENCE
    return ", ".join([*told, *([f"and {rest} more"] if rest > 0 else [])]) or "none named"


def _seen(row: Coverage, *, bundle: ReportBundle) -> str:
    why = f": {markdown(row.detail)}" if row.detail else ""
    return f"{_state(row.state)} {markdown(row.source)}, {freshness(row, now=bundle.as_of)}{why}"


def _finding_line(finding: ReportedFinding) -> str:
    title = markdown(finding.title, limit=CELL_LIMIT)
    return f"- **{finding.severity}** {title} ({markdown(finding.target_label, limit=40)}){_id(finding.id)}"


def _ids(findings: Sequence[ReportedFinding]) -> Iterator[str]:
    if findings:
        yield ""
        yield f"And {counted(len(findings), 'more finding')}, by id:"
        yield ""
    for start in range(0, len(findings), IDS_A_LINE):
        yield " ".join(code(finding.id) for finding in findings[start : start + IDS_A_LINE])


def _targets(bundle: ReportBundle) -> Iterator[str]:
    yield "## Targets"
    yield ""
    if bundle.targets:
        yield "| Target | Tier | Findings | Health | Seen | Figures |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for section in bundle.targets[:TARGETS]:
        yield _target_row(section)
    yield from _rest(len(bundle.targets) - TARGETS, noun="more target")
    if not bundle.targets:
        yield "The run had no targets."


def _target_row(section: TargetSection) -> str:
    score = next((score for note in section.agents if (score := measures.score(note.metrics)) is not None), None)
    states = [state for state in STATES if any(row.state is state for row in section.coverage)]
    cells = (
        markdown(section.label, limit=CELL_LIMIT),
        markdown(section.tier.replace("_", " "), limit=40),
        listed_counts(section.severities),
        "not scored" if score is None else f"{score:.0f} of 100",
        ", ".join(_state(state) for state in states) or "nobody looked",
        markdown(_figures(section.agents), limit=2 * CELL_LIMIT),
    )
    return f"| {' | '.join(cells)} |"


def _figures(agents: Iterable[AgentNote]) -> str:
    told = [f"{name} {value}" for note in agents for name, value in measures.figures(note.metrics) if name != "score"]
    return ", ".join(told)


def _coverage(bundle: ReportBundle) -> Iterator[str]:
    rows = bundle.synthesis.coverage
    labels = _labels(bundle)
    yield "## What was seen, and how fresh it is"
    yield ""
    yield from (f"- {_state(state)}: {words.meaning}" for state, words in STATES.items())
    yield ""
    if rows:
        yield "| Answer | Source | Of | Items | As of | Why, and what to do |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for row in rows[:ROWS]:
        of = markdown(labels.get(row.subject, row.subject) or "all targets", limit=CELL_LIMIT)
        unknown = row.state in {CoverageState.FAILED, CoverageState.NOT_COLLECTED}
        items = "not known" if unknown else f"{row.items:,}"
        cells = (_state(row.state), markdown(row.source), of, items, freshness(row, now=bundle.as_of))
        yield f"| {' | '.join(cells)} | {markdown(row.detail)} |"
    yield from _rest(len(rows) - ROWS, noun="more source")
    if not rows:
        yield "No agent said what it saw, so nothing here may be read as complete."


def _made(bundle: ReportBundle) -> Iterator[str]:
    synthesis = bundle.synthesis
    yield "## How this report was made"
    yield ""
    joined = f"{counted(len(synthesis.shares), 'report')} joined, {counted(len(bundle.missing), 'step')} without one"
    yield f"- {joined}"
    yield from (f"- {markdown(note)}" for note in bundle.plan_notes)
    yield from (f"- {markdown(note.agent)}: {markdown(note.summary)}" for note in bundle.across)
    yield f"- Run {code(bundle.run_id)}, {bundle.report} {bundle.schema_version}"


def _rest(count: int, *, noun: str) -> Iterator[str]:
    if count > 0:
        yield ""
        yield f"And {counted(count, noun)}: see the HTML or JSON form."


def _id(key: str) -> str:
    return f" {code(key)}" if key else ""


def _state(state: CoverageState) -> str:
    return f"{STATES[state].sign} {STATES[state].word}"


def _labels(bundle: ReportBundle) -> dict[str, str]:
    return {section.id: section.label for section in bundle.targets}
