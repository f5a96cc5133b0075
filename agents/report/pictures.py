"""The pictures of one target: each takes figures and returns a ``Picture``, or None where there is nothing to draw.

Drawn by matplotlib's SVG backend: the same bytes for the same figures. What a picture shows, its summary says too.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agents.contract import Severity
from agents.report import palette
from agents.report.canvas import SMALL, Side, canvas, write
from agents.report.escape import bounded
from agents.report.measures import Part, Release, Week
from agents.report.svg import Picture, Table, inline, label
from agents.report.wording import counted, day, listed_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 270
NAME_LIMIT = 18
VERSION_LIMIT = 14
DAYS = 7
"""In a week."""
LABEL_SHARE = 0.17
"""How much of the width a release's label takes: nearer ones go without."""
EDGE_SHARE = 0.08
"""Nearer to the right edge a label is written to the left of its mark, so that it is not cut off."""


def score_parts(parts: Sequence[Part], *, key: str) -> Picture | None:
    """Draw one bar a part, as long as its value, on a track as long as the best there is."""
    if not parts:
        return None
    rows = range(len(parts))
    figure, axes = canvas(width=WIDTH, height=8 + 19 * len(parts), margins=(104, 2, 28, 2))
    axes.barh(rows, [1.0] * len(parts), height=0.4, color=palette.TRACK)
    axes.barh(rows, [part.share for part in parts], height=0.4, color=palette.ACCENT)
    for row, part in enumerate(parts):
        write(axes, f"{part.share * 100:.0f}", at=(1, row), away=(24, 0), across="right")
    axes.set(xlim=(0, 1), ylim=(len(parts) - 0.5, -0.5), xticks=[])
    axes.set_yticks(rows, [label(row) for row in rows])
    names = [bounded(part.name.replace("_", " "), limit=NAME_LIMIT) for part in parts]
    said = "; ".join(f"{name} {part.share * 100:.0f} of 100" for name, part in zip(names, parts, strict=True))
    table = Table(head=("Part", "Of 100", "Why"), rows=tuple(_part_row(part) for part in parts))
    return inline(figure, key=key, title="Health score, part by part", summary=f"{said}.", labels=names, table=table)


def commits_and_releases(weeks: Sequence[Week], *, releases: Sequence[Release], key: str) -> Picture | None:
    """Draw commits a week as bars, and a mark where a release came out; marks that have room carry their version."""
    if not weeks:
        return None
    begin, end = weeks[0].begin.toordinal(), weeks[-1].begin.toordinal() + 7
    shown = [release for release in releases if begin <= release.at.date().toordinal() < end]
    top = max(1, *(week.commits for week in weeks), 1)
    figure, axes = canvas(width=WIDTH, height=116, margins=(26, 18, 8, 20))
    axes.bar([week.begin.toordinal() for week in weeks], [week.commits for week in weeks], width=5.2, align="edge")
    for bar in axes.patches:
        bar.set_color(palette.ACCENT)
    axes.set(xlim=(begin, end), ylim=(0, top), yticks=[0, top], xticks=[])
    axes.axhline(0, color=palette.LINE, linewidth=1, clip_on=False)
    _dates(axes, weeks=weeks)
    labels = _marks(axes, releases=shown, span=end - begin)
    summary = _commits_summary(weeks, releases=shown)
    rows = tuple((day(week.begin), f"{week.commits:,}", _released(week, shown)) for week in reversed(weeks))
    table = Table(head=("Week of", "Commits", "Releases"), rows=rows)
    title = "Commits a week, and releases"
    return inline(figure, key=key, title=title, summary=summary, labels=labels, table=table)


def exposure(counts: Mapping[Severity, int], *, key: str) -> Picture | None:
    """Draw one bar a severity that occurs, with its count beside it."""
    present = [(severity, count) for severity, count in counts.items() if count]
    if not present:
        return None
    figure, axes = canvas(width=WIDTH, height=8 + 19 * len(present), margins=(58, 2, 36, 2))
    most = max(count for _, count in present)
    for row, (severity, count) in enumerate(present):
        axes.barh(row, count / most, height=0.5, color=palette.SEVERITY[severity])
        write(axes, f"{count:,}", at=(count / most, row), away=(5, 0))
    axes.set(xlim=(0, 1), ylim=(len(present) - 0.5, -0.5), xticks=[])
    axes.set_yticks(range(len(present)), [severity.value for severity, _ in present])
    table = Table(head=("Severity", "Findings"), rows=tuple((each.value, f"{count:,}") for each, count in present))
    title = "Known vulnerabilities by severity"
    return inline(figure, key=key, title=title, summary=f"{listed_counts(counts)}.", table=table)


def _part_row(part: Part) -> tuple[str, ...]:
    return (part.name.replace("_", " "), f"{part.share * 100:.0f}", part.detail)


def _released(week: Week, releases: Sequence[Release]) -> str:
    """Return the versions that came out in the week."""
    return ", ".join(release.version for release in releases if 0 <= (release.at.date() - week.begin).days < DAYS)


def _dates(axes: "Axes", *, weeks: Sequence[Week]) -> None:
    """Write the first and the last week's date under the ends of the axis."""
    begin, end = axes.get_xlim()
    last = f"week of {day(weeks[-1].begin)}"
    write(axes, day(weeks[0].begin), at=(begin, 0), away=(0, -10), colour=palette.MUTED, size=SMALL)
    write(axes, last, at=(end, 0), away=(0, -10), across="right", colour=palette.MUTED, size=SMALL)


def _marks(axes: "Axes", *, releases: Sequence[Release], span: int) -> list[str]:
    """Draw the releases' marks; return the labels that were given, from the latest back, where there is room."""
    labels: list[str] = []
    taken = float("inf")
    height = axes.get_ylim()[1]
    for release in reversed(releases):
        at = release.at.date().toordinal()
        axes.plot([at, at], [0, height], color=palette.INK, linewidth=0.8, linestyle=(0, (1.5, 2)))
        inside = palette.PAPER if release.kind == "pre" else palette.INK  # hollow: not yet for everybody
        axes.plot([at], [height], marker="v", markersize=4.5, color=palette.INK, mfc=inside, clip_on=False)
        if taken - at > span * LABEL_SHARE:
            side: Side = "center" if axes.get_xlim()[1] - at > span * EDGE_SHARE else "right"
            write(axes, label(len(labels)), at=(at, height), away=(0, 9), across=side, size=SMALL)
            labels.append(bounded(release.version, limit=VERSION_LIMIT))
            taken = at
    return labels


def _commits_summary(weeks: Sequence[Week], *, releases: Sequence[Release]) -> str:
    commits = sum(week.commits for week in weeks)
    busiest = max(weeks, key=lambda week: week.commits)
    latest = f", the latest {releases[-1].version} on {day(releases[-1].at)}" if releases else ""
    return (
        f"{counted(commits, 'commit')} in {counted(len(weeks), 'week')}, at most {busiest.commits:,} in one week "
        f"({day(busiest.begin)}); {counted(len(releases), 'release')}{latest}."
    )
