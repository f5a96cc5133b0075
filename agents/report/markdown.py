"""The report as Markdown: what the HTML says, for a job summary, an issue or a mail. Every finding's id is in it.

A job summary holds 1 MiB: the worst findings are told in full, the next in a line each, and of the rest the ids.
"""

from collections.abc import Iterator

from agents.analysis.actions import Action
from agents.report.bundle import Effort, ReportBundle
from agents.report.escape import code, markdown
from agents.report.markdown_findings import evidence, findings
from agents.report.markdown_parts import CELL_LIMIT, id_of, labels_of, rest
from agents.report.markdown_tables import coverage, exposure, patterns, targets, tiers
from agents.report.news import NewsLine, headline, news
from agents.report.wording import NOT_NOW, ago, band, capitalized, counted, minute, percent, set_off

ACTIONS = 10
CHANGES = 10


def as_markdown(bundle: ReportBundle) -> str:
    """Return the bundle as Markdown, ending in a line break; same bundle, same bytes."""
    blocks = (
        _head(bundle),
        _changed(bundle),
        _next(bundle),
        _sure(bundle),
        exposure(bundle),
        findings(bundle),
        tiers(bundle),
        patterns(bundle),
        targets(bundle),
        coverage(bundle),
        evidence(bundle),
        _made(bundle),
    )
    told = ("\n".join(block) for block in blocks)
    return "\n\n".join(block for block in told if block) + "\n"


def _head(bundle: ReportBundle) -> Iterator[str]:
    synthesis = bundle.synthesis
    yield f"# {synthesis.verdict.words}: {markdown(bundle.title)}"
    yield ""
    if bundle.replay:
        yield f"> **Replay of recorded data:** {markdown(bundle.replay)}. {NOT_NOW}"
        yield ""
    yield f"**{capitalized(markdown(synthesis.status.partition(': ')[2]))}**"
    yield ""
    yield f"As of {minute(bundle.as_of)} · run {code(bundle.run_id)}"


def _changed(bundle: ReportBundle) -> Iterator[str]:
    yield "## What changed"
    yield ""
    trigger = bundle.trigger
    yield f"Set off by: {markdown(set_off(trigger.kind, label=trigger.label, details=trigger.details))}"
    yield ""
    lines = news(bundle)
    if lines or bundle.since_last:
        yield headline(bundle)
        yield ""
    yield from (_news(line, bundle=bundle) for line in lines[:CHANGES])
    yield from rest(len(lines) - CHANGES, noun="more change")
    if not lines:
        yield "Nothing that was seen began in the last 30 days."


def _news(line: NewsLine, *, bundle: ReportBundle) -> str:
    tag = f"**{capitalized(line.tag)}:** " if line.tag else ""
    when = f", {ago(line.at, now=bundle.as_of)}" if line.at else ""
    return f"- {tag}{markdown(line.text)} ({markdown(line.target_label, limit=CELL_LIMIT)}{when}){id_of(line.finding)}"


def _next(bundle: ReportBundle) -> Iterator[str]:
    yield "## What to do next"
    yield ""
    labels = labels_of(bundle)
    for place, action in enumerate(bundle.synthesis.actions[:ACTIONS], start=1):
        target = labels.get(action.target, action.target)
        yield f"{place}. {_action(action, target=target, effort=bundle.efforts.get(action.id))}"
    yield from rest(len(bundle.synthesis.actions) - ACTIONS, noun="more action")
    if not bundle.synthesis.actions:
        yield "No agent recommends anything."


def _action(action: Action, *, target: str, effort: Effort | None) -> str:
    asked = f"**{action.severity}** {markdown(action.action)}"
    answers = "".join(id_of(key) for key in action.findings[:3])
    far = f", effort: {effort.size}, {effort.words}" if effort else ""
    return f"{asked} ({markdown(target, limit=CELL_LIMIT)}{far}, {percent(action.confidence)} sure){answers}"


def _sure(bundle: ReportBundle) -> Iterator[str]:
    yield f"## How sure: {percent(bundle.synthesis.confidence)}, {band(bundle.synthesis.confidence)}"
    yield ""
    yield from (f"- {markdown(reason)}" for reason in bundle.synthesis.reasons)


def _made(bundle: ReportBundle) -> Iterator[str]:
    synthesis = bundle.synthesis
    yield "## How this report was made"
    yield ""
    joined = f"{counted(len(synthesis.shares), 'report')} joined, {counted(len(bundle.missing), 'step')} without one"
    yield f"- {joined}"
    yield from (f"- {markdown(note)}" for note in bundle.plan_notes)
    yield from (f"- {markdown(note.agent)}: {markdown(note.summary)}" for note in bundle.across)
    yield f"- Run {code(bundle.run_id)}, {bundle.report} {bundle.schema_version}"
