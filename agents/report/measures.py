"""Agents' own figures, read with tolerance: what is there is drawn, what is missing or of another shape is left out.

The names read here are those that the built-in agents write (``score``, ``parts``, ``weekly_commits``, ``releases``,
``authors``, ``bus_factor``; ``dependencies``, ``checked``, ``vulnerable``, ``unpinned``, ``by_severity``). Agents that
come later are shown all the same: their plain figures by name, see ``figures``.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from pydantic import JsonValue

from agents.contract import Frozen, Severity, utc
from agents.report.escape import plain

Metrics = Mapping[str, JsonValue]

PARTS_LIMIT = 12
WEEKS_LIMIT = 104
RELEASES_LIMIT = 60
AUTHORS_LIMIT = 8
FIGURES_LIMIT = 24
TEXT_LIMIT = 120
DRAWN = frozenset(
    {
        *("parts", "weekly_commits", "releases", "authors", "by_severity", "by_age"),
        *("health_over_time", "weekly_issues"),
    }
)
"""Names of figures that are drawn, or are no plain ones."""


class Part(Frozen):
    """One part of a score. ``share`` is its value from 0 to 1, ``weight`` its part in the whole where it is told."""

    name: str
    share: float
    weight: float | None
    detail: str


class Week(Frozen):
    """Commits in the seven days from ``begin``."""

    begin: date
    commits: int


class Release(Frozen):
    """One release; ``kind`` is the agent's word for it, e.g. ``major``."""

    version: str
    at: datetime
    kind: str


class Author(Frozen):
    """One author's share of the commits, from 0 to 1."""

    name: str
    share: float


def number(metrics: Metrics, name: str) -> float | None:
    """Return the figure of that name; None where it is missing or no finite number."""
    return amount(metrics.get(name))


def score(metrics: Metrics) -> float | None:
    """Return the score from 0 to 100; None where there is none."""
    value = number(metrics, "score")
    return None if value is None else round(min(max(value, 0.0), 100.0), 1)


def parts(metrics: Metrics) -> tuple[Part, ...]:
    """Return the score's parts in the agent's order."""
    found = []
    for row in listed(metrics, "parts"):
        value = amount(row.get("value"))
        if value is not None:
            part = Part(
                name=text(row, "name") or "part",
                share=min(max(value, 0.0), 1.0),
                weight=amount(row.get("weight")),
                detail=text(row, "detail"),
            )
            found.append(part)
    return tuple(found[:PARTS_LIMIT])


def weekly_commits(metrics: Metrics) -> tuple[Week, ...]:
    """Return commits by week, oldest first, the latest two years at most."""
    weeks = {}
    for row in listed(metrics, "weekly_commits"):
        begin, commits = moment(row.get("week")), amount(row.get("commits"))
        if begin is not None and commits is not None:
            weeks[begin.date()] = max(int(commits), 0)
    ordered = [Week(begin=begin, commits=commits) for begin, commits in sorted(weeks.items())]
    return tuple(ordered[-WEEKS_LIMIT:])


def releases(metrics: Metrics) -> tuple[Release, ...]:
    """Return the releases, oldest first, the latest ones where there are many."""
    found = []
    for row in listed(metrics, "releases"):
        at, version = moment(row.get("at")), text(row, "version")
        if at is not None and version:
            found.append(Release(version=version, at=at, kind=text(row, "kind")))
    found.sort(key=lambda release: (release.at, release.version))
    return tuple(found[-RELEASES_LIMIT:])


def authors(metrics: Metrics) -> tuple[Author, ...]:
    """Return the authors with the largest shares, largest first."""
    found = []
    for row in listed(metrics, "authors"):
        share = amount(row.get("share"))
        if share is not None:
            found.append(Author(name=text(row, "name") or "someone", share=min(max(share, 0.0), 1.0)))
    found.sort(key=lambda author: (-author.share, author.name))
    return tuple(found[:AUTHORS_LIMIT])


def by_severity(metrics: Metrics) -> dict[Severity, int]:
    """Return counts by severity, worst first, those above zero."""
    told = metrics.get("by_severity")
    counts = told if isinstance(told, Mapping) else {}
    found = {severity: amount(counts.get(severity.value)) or 0 for severity in reversed(Severity)}
    return {severity: int(count) for severity, count in found.items() if count >= 1}


def figures(metrics: Metrics) -> tuple[tuple[str, str], ...]:
    """Return the plain figures and words by name, as people read them; what is drawn elsewhere is left out."""
    shown = []
    for name, value in metrics.items():
        words = _words(value)
        if name not in DRAWN and words:
            shown.append((plain(name.replace("_", " "), limit=TEXT_LIMIT), words))
    return tuple(shown[:FIGURES_LIMIT])


def _words(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    figure = amount(value)
    if figure is not None:
        return f"{figure:,.0f}" if figure == int(figure) else f"{figure:,.2f}"
    if isinstance(value, str):
        return plain(value, limit=TEXT_LIMIT)
    if isinstance(value, list):
        listed = [word for word in (_words(entry) for entry in value[:FIGURES_LIMIT]) if word]
        return plain(", ".join(listed), limit=TEXT_LIMIT)
    return ""


def listed(metrics: Metrics, name: str) -> Iterator[Mapping[str, JsonValue]]:
    """Yield the rows of that name, as far as they are rows."""
    rows = metrics.get(name)
    if isinstance(rows, list):
        yield from (row for row in rows if isinstance(row, Mapping))


def amount(value: JsonValue) -> float | None:
    """Return the number; None for what is none that people can read."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None  # noqa: PLR2004 - beyond this (and for NaN) it is no figure for people


def text(row: Mapping[str, JsonValue], name: str) -> str:
    """Return the words of that name, in one line; nothing where there are none."""
    value = row.get(name)
    return plain(value, limit=TEXT_LIMIT) if isinstance(value, str) else ""


def moment(value: JsonValue) -> datetime | None:
    """Return the moment that the text names, in UTC; None where it names none."""
    if not isinstance(value, str):
        return None
    try:
        return utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return None
