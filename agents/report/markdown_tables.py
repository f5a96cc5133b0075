"""The tables of the Markdown form: targets, and what was seen of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agents.contract import CoverageState
from agents.report import ageing, measures
from agents.report.bundle import AgentNote, ReportBundle, TargetSection
from agents.report.escape import markdown
from agents.report.joined import TierAlarm
from agents.report.markdown_parts import CELL_LIMIT, labels_of, rest, state_of
from agents.report.svg import Table
from agents.report.wording import STATES, TRENDS, capitalized, freshness, listed_counts

TARGETS = 250
ROWS = 300
NAMED = 6
ALARMS = 4


def exposure(bundle: ReportBundle) -> Iterator[str]:
    """Yield the section of known flaws by severity and age; nothing where there are none."""
    table = ageing.age_table(bundle.findings, now=bundle.as_of)
    if table:
        yield "## Exposure by severity and age"
        yield ""
        yield from _written(table)


def _written(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(table.head)} |"
    yield f"|{' --- |' * len(table.head)}"
    yield from (f"| {' | '.join(row)} |" for row in table.rows)


def tiers(bundle: ReportBundle) -> Iterator[str]:
    """Yield the section of the tiers as wholes; nothing where there are none."""
    if not bundle.tiers:
        return
    labels = labels_of(bundle)
    yield "## Tiers"
    yield ""
    yield "| Tier | Scored | Mean health | Within 90 days | Lowest | Alarms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for tier in bundle.tiers:
        cells = (
            markdown(tier.tier.replace("_", " "), limit=40),
            f"{tier.scored} of {tier.targets}",
            "not known" if tier.mean is None else f"{tier.mean:.0f} of 100",
            f"{TRENDS[tier.trend]} {tier.trend}" if tier.trend else "not known",
            markdown(labels.get(tier.worst, tier.worst), limit=CELL_LIMIT),
            "; ".join(_alarm(alarm, labels=labels) for alarm in tier.alarms[:ALARMS]) or "none",
        )
        yield f"| {' | '.join(cells)} |"


def _alarm(alarm: TierAlarm, *, labels: Mapping[str, str]) -> str:
    where = markdown(labels.get(alarm.target, alarm.target), limit=CELL_LIMIT)
    return f"**{alarm.severity}** {where}: {markdown(alarm.text)}"


def patterns(bundle: ReportBundle) -> Iterator[str]:
    """Yield the section of release patterns across targets; nothing where fewer than two tell of theirs."""
    found, labels = bundle.patterns, labels_of(bundle)
    if found is None:
        return
    yield "## Release patterns across targets"
    yield ""
    for pattern, ids in found.by_pattern.items():
        word = "no pattern" if pattern == "none" else pattern.replace("_", " ")
        yield f"- {capitalized(word)} ({len(ids)}): {_named(ids, labels=labels)}"
    if found.quiet:
        told = [f"{_named([pace.target], labels=labels)} for {pace.figure:.0f} days" for pace in found.quiet]
        yield f"- Overdue or dormant: {', '.join(told)}"
    if found.busiest:
        yield f"- Busiest week: {found.busiest}"
    for pair in found.together:
        pair_named = f"{_named([pair.first], labels=labels)} and {_named([pair.second], labels=labels)}"
        yield f"- Release together: {pair_named}, {pair.shared} days, {pair.expected:.1f} expected by chance"


def _named(ids: Sequence[str], *, labels: Mapping[str, str]) -> str:
    told = ", ".join(markdown(labels.get(key, key), limit=CELL_LIMIT) for key in ids[:NAMED])
    return f"{told} and {len(ids) - NAMED} more" if len(ids) > NAMED else told


def targets(bundle: ReportBundle) -> Iterator[str]:
    """Yield the section of targets."""
    yield "## Targets"
    yield ""
    if bundle.targets:
        yield "| Target | Tier | Findings | Health | Seen | Figures |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for section in bundle.targets[:TARGETS]:
        yield _target_row(section)
    yield from rest(len(bundle.targets) - TARGETS, noun="more target")
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
        ", ".join(state_of(state) for state in states) or "nobody looked",
        markdown(_figures(section.agents), limit=2 * CELL_LIMIT),
    )
    return f"| {' | '.join(cells)} |"


def _figures(agents: Iterable[AgentNote]) -> str:
    told = [f"{name} {value}" for note in agents for name, value in measures.figures(note.metrics) if name != "score"]
    return ", ".join(told)


def coverage(bundle: ReportBundle) -> Iterator[str]:
    """Yield the section of what was seen."""
    rows = bundle.synthesis.coverage
    labels = labels_of(bundle)
    yield "## What was seen, and how fresh it is"
    yield ""
    yield from (f"- {state_of(state)}: {words.meaning}" for state, words in STATES.items())
    yield ""
    if rows:
        yield "| Answer | Source | Of | Items | As of | Why, and what to do |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for row in rows[:ROWS]:
        of = markdown(labels.get(row.subject, row.subject) or "all targets", limit=CELL_LIMIT)
        unknown = row.state in {CoverageState.FAILED, CoverageState.NOT_COLLECTED}
        items = "not known" if unknown else f"{row.items:,}"
        cells = (state_of(row.state), markdown(row.source), of, items, freshness(row, now=bundle.as_of))
        yield f"| {' | '.join(cells)} | {markdown(row.detail)} |"
    yield from rest(len(rows) - ROWS, noun="more source")
    if not rows:
        yield "No agent said what it saw, so nothing here may be read as complete."
