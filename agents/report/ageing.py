"""The picture of exposure: how many known flaws of which severity are known since when."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agents.contract import Frozen, Severity
from agents.report import palette
from agents.report.bundle import ReportedFinding
from agents.report.canvas import FONT, canvas, write
from agents.report.measures import amount, moment
from agents.report.svg import Picture, Table, inline
from agents.report.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VULNERABLE = "security.vulnerable_dependency"
AGES: tuple[tuple[str, float], ...] = (
    ("under 7 days", 7),
    ("under 30 days", 30),
    ("under 90 days", 90),
    ("under a year", 365),
    ("older", float("inf")),
)
"""Columns, by the days below which a flaw is of that age: the same as the security agent's figures."""
UNKNOWN = "not known"
NARROW = 8.5
"""The size of the ages' words, so that six of them have room."""
LARGEST = 17.0
"""The side of the largest cell's mark, in points; the smallest is a third of it."""


class Matrix(Frozen):
    """Counts of known flaws: a row for each severity that occurs, worst first, and a column for each age."""

    severities: tuple[Severity, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    exploited: int


def exposure_by_age(findings: Iterable[ReportedFinding], *, now: datetime, key: str) -> Picture | None:
    """Draw a cell for each severity and age that occurs: a square as large as its count, and the count."""
    matrix = _matrix(findings, now=now)
    if matrix is None:
        return None
    rows, columns, counts = matrix.severities, matrix.columns, matrix.counts
    figure, axes = canvas(width=440, height=30 + 26 * len(rows), margins=(64, 2, 8, 24))
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xticks(range(len(columns)), columns)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", labelsize=NARROW)
    axes.set_yticks(range(len(rows)), [severity.value for severity in rows])
    for line in range(len(rows) + 1):
        axes.axhline(line - 0.5, color=palette.LINE, linewidth=0.8, clip_on=False)
    _cells(axes, counts, severities=rows)
    return inline(
        figure,
        key=key,
        title="Exposure by severity and age",
        summary=f"{_told(matrix)}.",
        caption=_caption(matrix),
        table=_table(matrix),
    )


def age_table(findings: Iterable[ReportedFinding], *, now: datetime) -> Table | None:
    """Return the same as a table; None where no flaw is known."""
    matrix = _matrix(findings, now=now)
    return _table(matrix) if matrix else None


def is_flaw(finding: ReportedFinding) -> bool:
    """Whether the finding is a known flaw in something that is used: what has an age that matters."""
    return finding.kind == VULNERABLE or any(name in finding.data for name in ("age_days", "published"))


def age_of(finding: ReportedFinding, *, now: datetime) -> str:
    """Return the column of the finding: by its days since publication, else since it began."""
    days = amount(finding.data.get("age_days"))
    if days is None:
        since = moment(finding.data.get("published")) or finding.since
        days = (now - since) / timedelta(days=1) if since else None
    return UNKNOWN if days is None else next(name for name, most in AGES if days < most)


def _matrix(findings: Iterable[ReportedFinding], *, now: datetime) -> Matrix | None:
    known = [finding for finding in findings if is_flaw(finding)]
    placed = Counter((finding.severity, age_of(finding, now=now)) for finding in known)
    if not placed:
        return None
    severities = tuple(severity for severity in reversed(Severity) if any(severity is each for each, _ in placed))
    ages = (*(name for name, _ in AGES), *([UNKNOWN] if any(age == UNKNOWN for _, age in placed) else []))
    return Matrix(
        severities=severities,
        columns=ages,
        counts=tuple(tuple(placed[severity, age] for age in ages) for severity in severities),
        exploited=sum(finding.exploited for finding in known),
    )


def _cells(axes: "Axes", counts: Sequence[Sequence[int]], *, severities: Sequence[Severity]) -> None:
    most = max(count for row in counts for count in row)
    for down, (row, severity) in enumerate(zip(counts, severities, strict=True)):
        for across, count in enumerate(row):
            if count:
                side = LARGEST * max((count / most) ** 0.5, 1 / 3)
                colour = palette.SEVERITY[severity]
                axes.plot([across - 0.14], [down], marker="s", markersize=side, color=colour, markeredgewidth=0)
                write(axes, f"{count:,}", at=(across - 0.14, down), away=(LARGEST / 2 + 4, 0), size=FONT + 1)


def _told(matrix: Matrix) -> str:
    told = []
    for severity, row in zip(matrix.severities, matrix.counts, strict=True):
        ages = ", ".join(f"{count:,} {column}" for count, column in zip(row, matrix.columns, strict=True) if count)
        told.append(f"{severity}: {ages}")
    return "; ".join(told)


def _caption(matrix: Matrix) -> str:
    known = sum(map(sum, matrix.counts))
    abused = f"; {matrix.exploited:,} of them known to be exploited" if matrix.exploited else ""
    return f"{counted(known, 'known flaw')} by how long ago it was published{abused}."


def _table(matrix: Matrix) -> Table:
    rows = zip(matrix.severities, matrix.counts, strict=True)
    told = ((severity.value, *(f"{count:,}" for count in row)) for severity, row in rows)
    return Table(head=("Severity", *matrix.columns), rows=tuple(told))
