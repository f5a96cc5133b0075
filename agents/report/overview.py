"""The pictures of the whole run: how much was seen, and how the targets stand beside each other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from agents.analysis.coverage import WORST_FIRST
from agents.contract import Coverage, Frozen, Severity
from agents.report import palette
from agents.report.canvas import FONT, SMALL, Side, canvas, write
from agents.report.escape import bounded
from agents.report.svg import Picture, Table, inline, label
from agents.report.wording import STATES, counted, listed_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME_LIMIT = 22
RANKED = 12
"""How many targets the ranking shows: the worst."""
NAMED = 3
"""How many points of the portfolio carry a name."""
MIDDLE = 50
NAME_WIDTH = 40
"""How much of the score's axis a name takes, at most."""
LINE_SHARE = 0.08
SHAPES = {
    Severity.CRITICAL: ("D", "◆"),
    Severity.HIGH: ("^", "▲"),
    Severity.MEDIUM: ("s", "■"),
    Severity.LOW: ("o", "●"),
    Severity.INFO: ("v", "▼"),
}
"""The mark and the sign of each severity: colour alone never tells."""
NONE = ("x", "✕")
NARROW = 0.05
"""A part of the coverage strip below this share of it has no room for its count."""


class Standing(Frozen):
    """One target beside the others: its score from 0 to 100 where it has one, its findings by severity."""

    label: str
    score: float | None
    severities: Mapping[Severity, int]

    @property
    def findings(self) -> int:
        """How many findings it has."""
        return sum(self.severities.values())


def coverage_strip(rows: Iterable[Coverage], *, key: str) -> Picture | None:
    """Draw one strip, parted by how much of each source was seen, each part with its sign and count."""
    states = [row.state for row in rows]
    if not states:
        return None
    counts = {state: states.count(state) for state in reversed(WORST_FIRST)}
    figure, axes = canvas(width=720, height=26, margins=(0, 1, 0, 1))
    start = 0.0
    for state, count in counts.items():
        share = count / len(states)
        axes.barh(0, share, left=start, height=1, color=palette.STATE[state], edgecolor=palette.PAPER, linewidth=2)
        if share >= NARROW:
            words = f"{STATES[state].sign} {count}"
            write(axes, words, at=(start + share / 2, 0), across="center", colour=palette.PAPER, size=11)
        start += share
    axes.set(xlim=(0, 1), ylim=(-0.5, 0.5), xticks=[], yticks=[])
    said = ", ".join(f"{count} {STATES[state].word.lower()}" for state, count in counts.items() if count)
    told = tuple((STATES[state].word, f"{count:,}") for state, count in counts.items() if count)
    table = Table(head=("Answer", "Sources"), rows=told)
    return inline(figure, key=key, title="How much of the sources was seen", summary=f"{said}.", table=table)


def ranking(standings: Sequence[Standing], *, key: str) -> Picture | None:
    """Draw the findings of the first targets that have any as stacked bars, one colour a severity."""
    worst = [standing for standing in standings if standing.findings][:RANKED]
    if not worst:
        return None
    figure, axes = canvas(width=440, height=8 + 20 * len(worst), margins=(130, 2, 104, 2))
    most = max(standing.findings for standing in worst)
    for row, standing in enumerate(worst):
        _stack(axes, standing.severities, row=row)
        write(axes, _short(standing.severities), at=(standing.findings, row), away=(5, 0))
    axes.set(xlim=(0, most), ylim=(len(worst) - 0.5, -0.5), xticks=[])
    axes.set_yticks(range(len(worst)), [label(row) for row in range(len(worst))])
    names = [bounded(standing.label, limit=NAME_LIMIT) for standing in worst]
    said = [f"{name}: {listed_counts(standing.severities)}" for name, standing in zip(names, worst, strict=True)]
    title = "Findings by severity, the worst targets"
    summary = f"{'; '.join(said)}."
    initials = ", ".join(f"{severity.value[0]} {severity}" for severity in reversed(Severity))
    caption = f"The {counted(len(worst), 'target')} with the worst findings, of {len(standings):,} ({initials})."
    table = Table(
        head=("Target", *(severity.value for severity in reversed(Severity))),
        rows=tuple(_ranking_row(standing) for standing in worst),
    )
    return inline(figure, key=key, title=title, summary=summary, caption=caption, labels=names, table=table)


def portfolio(standings: Sequence[Standing], *, key: str) -> Picture | None:
    """Draw each scored target as a point: health to the right, findings upward, the worst severity as its colour."""
    scored = [(standing.score, standing) for standing in standings if standing.score is not None]
    if not scored:
        return None
    figure, axes = canvas(width=440, height=220, margins=(44, 36, 12, 12))
    most = max(1, *(standing.findings for _, standing in scored), 1)
    for score, standing in reversed(scored):
        shape, _, colour = _mark(standing.severities)
        axes.plot([score], [standing.findings], linestyle="none", marker=shape, markersize=6.5, color=colour)
    axes.set(xlim=(-2, 102), ylim=(-most * 0.06, most * 1.1))
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_yticks(sorted({0, most // 2, most}))
    axes.grid(color=palette.LINE, linewidth=0.7)
    axes.set_xlabel("health score, of 100", fontsize=FONT, color=palette.MUTED)
    axes.set_ylabel("findings", fontsize=FONT, color=palette.MUTED)
    labels = _name_outstanding(axes, scored)
    lowest, low = min(scored, key=lambda pair: (pair[0], pair[1].label))
    summary = f"{counted(len(scored), 'scored target')}; the lowest is {low.label} with {lowest:.0f} of 100."
    table = Table(
        head=("Target", "Health", "Findings"),
        rows=tuple((standing.label, f"{score:.0f}", f"{standing.findings:,}") for score, standing in scored),
    )
    signs = ", ".join(f"{sign} {severity}" for severity, (_, sign) in SHAPES.items())
    return inline(
        figure,
        key=key,
        title="Health and findings, every scored target",
        summary=summary,
        caption=f"{summary} By the worst finding: {signs}, {NONE[1]} none.",
        labels=labels,
        table=table,
    )


def _ranking_row(standing: Standing) -> tuple[str, ...]:
    return (standing.label, *(f"{standing.severities.get(severity, 0):,}" for severity in reversed(Severity)))


def _stack(axes: "Axes", counts: Mapping[Severity, int], *, row: int) -> None:
    start = 0
    for severity in reversed(Severity):
        count = counts.get(severity, 0)
        if count:
            axes.barh(row, count, left=start, height=0.5, color=palette.SEVERITY[severity])
            start += count


def _short(counts: Mapping[Severity, int]) -> str:
    """Return the counts by the severities' first letters, e.g. ``2c 1m``."""
    return " ".join(
        f"{count:,}{severity.value[0]}" for severity in reversed(Severity) if (count := counts.get(severity))
    )


def _mark(counts: Mapping[Severity, int]) -> tuple[str, str, str]:
    """Return the shape, the sign and the colour of a target by its worst severity."""
    worst = next((severity for severity in reversed(Severity) if counts.get(severity)), None)
    return (*SHAPES[worst], palette.SEVERITY[worst]) if worst else (*NONE, palette.MUTED)


def _name_outstanding(axes: "Axes", scored: Sequence[tuple[float, Standing]]) -> list[str]:
    """Write the names of the points with most findings that have room for one."""
    ranked = sorted(scored, key=lambda pair: (-pair[1].findings, pair[0], pair[1].label))
    named = [pair for pair in ranked if _has_room(pair, among=scored)][:NAMED]
    for at, (score, standing) in enumerate(named):
        # A name on the right half would leave the picture if it were written to the right of its point.
        side: Side = "right" if score > MIDDLE else "left"
        away = (-8 if side == "right" else 8, 0)
        write(axes, label(at), at=(score, standing.findings), away=away, across=side, size=SMALL)
    return [bounded(standing.label, limit=NAME_LIMIT) for _, standing in named]


def _has_room(pair: tuple[float, Standing], *, among: Iterable[tuple[float, Standing]]) -> bool:
    """Whether no other point stands where this one's name would be written."""
    score, standing = pair
    beside = [
        other
        for other, neighbour in among
        if neighbour is not standing and abs(neighbour.findings - standing.findings) <= LINE_SHARE * standing.findings
    ]
    reach = (score - NAME_WIDTH, score) if score > MIDDLE else (score, score + NAME_WIDTH)
    return not any(reach[0] <= other <= reach[1] for other in beside)
