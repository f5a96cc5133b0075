"""The picture of release patterns: a strip of time for each target, with a mark for each release."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from agents.contract import Frozen
from agents.report import palette
from agents.report.canvas import SMALL, canvas, write
from agents.report.escape import bounded
from agents.report.measures import Release
from agents.report.svg import Picture, Table, inline, label
from agents.report.wording import counted, day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STRIPS = 14
"""So many targets have a strip in one picture."""
REACH = timedelta(days=730)
NAME_LIMIT = 22
PATTERN_LIMIT = 14


class Mark(Frozen):
    """How a kind of release is drawn: by shape and filling, never by colour alone."""

    shape: str
    size: float
    hollow: bool
    sign: str
    words: str


MARKS: Mapping[str, Mark] = {
    "major": Mark(shape="D", size=6.5, hollow=False, sign="◆", words="major"),
    "minor": Mark(shape="o", size=6, hollow=False, sign="●", words="minor"),
    "patch": Mark(shape="o", size=3, hollow=False, sign="•", words="patch"),
    "pre": Mark(shape="o", size=5.5, hollow=True, sign="○", words="pre-release"),
    "yanked": Mark(shape="x", size=5.5, hollow=False, sign="✕", words="taken back"),
    "": Mark(shape="s", size=4.5, hollow=False, sign="■", words="other"),
}


class Strip(Frozen):
    """One target's releases, oldest first, and the agent's word for their pattern, e.g. ``regular``."""

    label: str
    releases: tuple[Release, ...]
    pattern: str = ""


def release_strips(strips: Sequence[Strip], *, now: date, key: str) -> Picture | None:
    """Draw the releases of the last two years up to ``now``, target under target on one axis of time."""
    recent = [strip.model_copy(update={"releases": _recent(strip.releases, now=now)}) for strip in strips]
    having = [strip for strip in recent if strip.releases]
    shown = having[:STRIPS]
    if not shown:
        return None
    begin = min(strip.releases[0].at.date() for strip in shown)
    height = 20 * len(shown)
    figure, axes = canvas(width=720, height=height + 24, margins=(150, 20, 96, 4))
    for row, strip in enumerate(shown):
        _strip(axes, strip, row=row)
    room = max((now - begin).days * 0.015, 2)
    first, last = begin.toordinal() - room, now.toordinal() + room
    axes.set(xlim=(first, last), ylim=(len(shown) - 0.4, -0.6), xticks=[])
    axes.set_yticks(range(len(shown)), [label(row) for row in range(len(shown))])
    _dates(axes, begin=begin, now=now, low=len(shown) - 0.4)
    for row in range(len(shown)):
        write(axes, label(len(shown) + row), at=(last, row), away=(8, 0), colour=palette.MUTED, size=SMALL)
    names = [bounded(strip.label, limit=NAME_LIMIT) for strip in shown]
    patterns = [bounded(strip.pattern.replace("_", " "), limit=PATTERN_LIMIT) for strip in shown]
    return inline(
        figure,
        key=key,
        title="Release pattern",
        summary=f"{'; '.join(_words(strip) for strip in shown)}.",
        caption=_caption(having, shown=shown),
        table=_table(shown),
        labels=[*names, *patterns],
    )


def mark_of(release: Release) -> Mark:
    """Return how the release is drawn."""
    return MARKS.get(release.kind, MARKS[""])


def _recent(releases: Sequence[Release], *, now: date) -> tuple[Release, ...]:
    return tuple(release for release in releases if timedelta(0) <= now - release.at.date() <= REACH)


def _strip(axes: "Axes", strip: Strip, *, row: int) -> None:
    axes.axhline(row, color=palette.LINE, linewidth=1)
    for mark in MARKS.values():
        days = [release.at.date().toordinal() for release in strip.releases if mark_of(release) == mark]
        axes.plot(
            days,
            [row] * len(days),
            linestyle="none",
            marker=mark.shape,
            markersize=mark.size,
            markerfacecolor=palette.PAPER if mark.hollow else palette.INK,
            markeredgecolor=palette.INK,
            markeredgewidth=1.2,
        )


def _dates(axes: "Axes", *, begin: date, now: date, low: float) -> None:
    for at, side in ((begin, "left"), (now, "right")):
        place = (at.toordinal(), low)
        write(
            axes,
            day(at),
            at=place,
            away=(0, -9),
            across="left" if side == "left" else "right",
            colour=palette.MUTED,
            size=SMALL,
        )


def _words(strip: Strip) -> str:
    pattern = f", {strip.pattern.replace('_', ' ')}" if strip.pattern else ""
    latest = strip.releases[-1]
    count = counted(len(strip.releases), "release")
    return f"{strip.label}: {count}, the latest {latest.version} on {day(latest.at)}{pattern}"


def _caption(having: Sequence[Strip], *, shown: Sequence[Strip]) -> str:
    drawn = Counter(mark_of(release).words for strip in shown for release in strip.releases)
    legend = ", ".join(f"{mark.sign} {mark.words}" for mark in MARKS.values() if drawn[mark.words])
    more = f"; the first {len(shown)} of {len(having):,} targets with releases" if len(having) > len(shown) else ""
    return f"Releases of the last two years: {legend}{more}."


def _table(strips: Sequence[Strip]) -> Table:
    rows = []
    for strip in strips:
        kinds = Counter(mark_of(release).words for release in strip.releases)
        told = ", ".join(f"{kinds[mark.words]} {mark.words}" for mark in MARKS.values() if kinds[mark.words])
        latest = strip.releases[-1]
        rows.append((strip.label, told, f"{latest.version}, {day(latest.at)}", strip.pattern.replace("_", " ")))
    return Table(head=("Target", "Releases", "Latest", "Pattern"), rows=tuple(rows))
