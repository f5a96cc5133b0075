"""Pictures of what goes on over time: health of many targets, and issues opened and closed. Time runs to the right."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from agents.contract import Frozen
from agents.report import palette
from agents.report.canvas import SMALL, canvas, panel, sheet, write
from agents.report.escape import bounded
from agents.report.series import IssueWeek, Point
from agents.report.svg import Picture, Table, inline, label
from agents.report.wording import counted, day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = 12
"""So many targets' health is drawn side by side."""
COLUMNS = 3
WIDE, NARROW = 720, 270
PANEL = (214, 58)
"""Width and height of one line's panel, in points; its name stands above it."""
PITCH = (240, 98)
NAME_LIMIT = 28
TITLE = "Health over time"
BEST = 100


class HealthLine(Frozen):
    """One target's health over time, oldest first; at least two points."""

    label: str
    points: tuple[Point, ...]

    @property
    def begin(self) -> date:
        """The first point's day."""
        return self.points[0].at

    @property
    def end(self) -> date:
        """The last point's day."""
        return self.points[-1].at

    @property
    def words(self) -> str:
        """From where to where it went."""
        first, last = (point.score for point in (self.points[0], self.points[-1]))
        low = min(point.score for point in self.points)
        lowest = f", {low:.0f} at the lowest" if low < min(first, last) else ""
        return f"{self.label}: {first:.0f} on {day(self.begin)}, {last:.0f} on {day(self.end)}{lowest}"


def health_lines(lines: Sequence[HealthLine], *, key: str, title: str = TITLE, noun: str = "target") -> Picture | None:
    """Draw each target's health as a line of its own, all on the same axes, so that they can be compared."""
    shown = list(lines[:LINES])
    if not shown:
        return None
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    width = NARROW if len(shown) == 1 else WIDE
    figure = sheet(width=width, height=rows * PITCH[1] + 4)
    span = (min(line.begin for line in shown), max(line.end for line in shown))
    for at, line in enumerate(shown):
        _panel(figure, line, at=at, columns=columns, rows=rows, span=span)
    names = [bounded(line.label, limit=NAME_LIMIT) for line in shown]
    return inline(
        figure,
        key=key,
        title=title,
        summary=f"{'; '.join(line.words for line in shown)}.",
        caption=_health_caption(lines, shown=shown, noun=noun),
        table=_health_table(shown),
        labels=names,
    )


def issues(weeks: Sequence[IssueWeek], *, key: str) -> Picture | None:
    """Draw issues opened each week upward, and closed ones downward."""
    if not weeks:
        return None
    begin, end = weeks[0].begin.toordinal(), weeks[-1].begin.toordinal() + 7
    top = max(1, *(max(week.opened, week.closed) for week in weeks), 1)
    figure, axes = canvas(width=NARROW, height=116, margins=(26, 18, 50, 8))
    days = [week.begin.toordinal() for week in weeks]
    axes.bar(days, [week.opened for week in weeks], width=5.2, align="edge", color=palette.ACCENT)
    axes.bar(days, [-week.closed for week in weeks], width=5.2, align="edge", color=palette.MUTED)
    axes.set(xlim=(begin, end), ylim=(-top * 1.15, top * 1.15), xticks=[])
    axes.set_yticks([-top, 0, top], [str(top), "0", str(top)])
    axes.axhline(0, color=palette.INK, linewidth=0.8)
    for text, place in (("opened ↑", top / 2), ("closed ↓", -top / 2)):
        write(axes, text, at=(end, place), away=(6, 0), size=SMALL)
    _ends(axes, begin=weeks[0].begin, end=weeks[-1].begin, low=-top * 1.15)
    opened, closed = (sum(counts) for counts in zip(*((week.opened, week.closed) for week in weeks), strict=True))
    return inline(
        figure,
        key=key,
        title="Issues a week, opened and closed",
        summary=f"{counted(opened, 'issue')} opened and {closed:,} closed in {counted(len(weeks), 'week')}; "
        f"{_balance(opened - closed)}.",
        table=Table(
            head=("Week of", "Opened", "Closed"),
            rows=tuple((day(week.begin), f"{week.opened:,}", f"{week.closed:,}") for week in reversed(weeks)),
        ),
    )


def _panel(figure: "Figure", line: HealthLine, *, at: int, columns: int, rows: int, span: tuple[date, date]) -> None:
    across, down = at % columns, at // columns
    left = 24 + across * PITCH[0]
    bottom = (rows - 1 - down) * PITCH[1] + 18
    axes = panel(figure, box=(left, bottom, PANEL[0], PANEL[1]))
    days = [point.at.toordinal() for point in line.points]
    scores = [point.score for point in line.points]
    axes.plot(days, scores, color=palette.ACCENT, linewidth=1.6, solid_capstyle="round")
    marked = range(len(days)) if len(days) <= LINES * 2 else (0, len(days) - 1)
    axes.plot([days[i] for i in marked], [scores[i] for i in marked], "o", markersize=3.4, color=palette.ACCENT)
    begin, end = (edge.toordinal() for edge in span)
    room = max((end - begin) * 0.02, 1)
    axes.set(xlim=(begin - room, end + room), ylim=(-4, BEST + 4), xticks=[])
    axes.set_yticks([0, 50, BEST])
    axes.grid(axis="y", color=palette.LINE, linewidth=0.7)
    write(axes, label(at), at=(begin - room, BEST), away=(0, 13))
    write(axes, f"{scores[-1]:.0f}", at=(end + room, BEST), away=(0, 13), across="right")
    _ends(axes, begin=span[0], end=span[1], low=-4)


def _ends(axes: "Axes", *, begin: date, end: date, low: float) -> None:
    """Write the first and the last date under the ends of the axis."""
    first, last = axes.get_xlim()
    write(axes, day(begin), at=(first, low), away=(0, -9), colour=palette.MUTED, size=SMALL)
    write(axes, day(end), at=(last, low), away=(0, -9), across="right", colour=palette.MUTED, size=SMALL)


def _health_caption(lines: Sequence[HealthLine], *, shown: Sequence[HealthLine], noun: str) -> str:
    if len(shown) == 1:
        return f"{shown[0].words}."
    fell = sum(line.points[-1].score < line.points[0].score for line in shown)
    more = f" of {len(lines):,}, the worst" if len(lines) > len(shown) else ""
    return f"{counted(len(shown), noun)}{more}; {fell} now lower than at the first point. The number is the last point."


def _health_table(lines: Sequence[HealthLine]) -> Table:
    return Table(
        head=("Target", "First", "Last", "Lowest", "Highest"),
        rows=tuple(
            (
                line.label,
                f"{line.points[0].score:.0f} on {day(line.begin)}",
                f"{line.points[-1].score:.0f} on {day(line.end)}",
                f"{min(point.score for point in line.points):.0f}",
                f"{max(point.score for point in line.points):.0f}",
            )
            for line in lines
        ),
    )


def _balance(more: int) -> str:
    if not more:
        return "as many as were closed"
    return f"{abs(more):,} {'more opened than closed' if more > 0 else 'more closed than opened'}"
