"""On how many people a repository rests, who joined, and who left. Merges and bots' commits do not count."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from agents.analysis.health.history import DAY, YEAR_DAYS, Commit, History

HALF = 0.5
REGULAR_COMMITS = 5
REGULAR_SHARE = 0.1
"""Who made so many of a year's commits, and at least this share of them, is missed when gone."""


@dataclass(frozen=True, slots=True)
class Author:
    """One person's part; ``name`` is a stranger's text."""

    id: str
    name: str
    commits: int
    share: float
    last: Commit


@dataclass(frozen=True, slots=True)
class Contributors:
    """Who wrote what was committed in ``window``: the last year, or all that was seen where nobody did in that year."""

    window: str
    since: datetime | None
    """Time of the first commit that was counted."""
    commits: int
    authors: tuple[Author, ...]
    """Largest share first."""
    bus_factor: int
    """The fewest authors who made at least half of the commits; 0 where there are none."""
    effective: float
    """How many equally active authors would be as concentrated: 1 / sum of squared shares."""
    newcomers: int | None
    """Authors of the last year never seen before it; None where what was before was not seen."""
    departures: tuple[Author, ...]
    """Regular authors of the year before who made nothing in the last year; shares are of that year's commits."""
    retention: float | None
    """Share of the year before's commits whose authors were active in the last year; None where it was not seen."""
    bot_commits: int
    bot_names: tuple[str, ...]

    @property
    def concentration(self) -> float | None:
        """The Herfindahl-Hirschman index from 0 to 1: the sum of squared shares."""
        return 1 / self.effective if self.effective else None


def measure_contributors(history: History) -> Contributors:
    """Return who the history's work rests on.

    Bus factor: the truck factor by commits, at half of them (compare Avelino et al., "A novel approach for estimating
    truck factors", ICPC 2016, which weighs files). Effective number: Hill's of order 2 (Hill, Ecology 54, 1973).
    """
    recent, before = list(history.between(YEAR_DAYS)), list(history.between(2 * YEAR_DAYS, YEAR_DAYS))
    counted = recent or list(history.work)
    authors = _authors(counted)
    knows_before = history.reaches(2 * YEAR_DAYS) and bool(before) and bool(recent)
    bots = [commit for commit in history.commits if commit.bot and commit.at > history.now - YEAR_DAYS * DAY]
    return Contributors(
        window=_window(history, recent=bool(recent)),
        since=counted[0].at if counted else None,
        commits=len(counted),
        authors=authors,
        bus_factor=_bus_factor(authors),
        effective=1 / sum(author.share**2 for author in authors) if authors else 0.0,
        newcomers=_newcomers(history, recent) if history.reaches(2 * YEAR_DAYS) else None,
        departures=_departures(before, recent) if knows_before else (),
        retention=_retention(before, recent) if knows_before else None,
        bot_commits=len(bots),
        bot_names=tuple(sorted({commit.name for commit in bots})),
    )


def _window(history: History, *, recent: bool) -> str:
    if not recent:
        return "whole history" if history.whole else "all that was seen"
    return "last 365 days" if history.reaches(YEAR_DAYS) else "part seen of the last 365 days"


def _authors(commits: Iterable[Commit]) -> tuple[Author, ...]:
    last = {}
    counts: Counter[str] = Counter()
    for commit in commits:
        counts[commit.author] += 1
        last[commit.author] = commit
    total = counts.total()
    authors = [
        Author(id=who, name=last[who].name, commits=count, share=count / total, last=last[who])
        for who, count in counts.items()
    ]
    return tuple(sorted(authors, key=lambda author: (-author.commits, author.id)))


def _bus_factor(authors: Sequence[Author]) -> int:
    total = sum(author.commits for author in authors)
    reached = accumulate(author.commits for author in authors)
    return next((factor for factor, commits in enumerate(reached, start=1) if commits >= HALF * total), 0)


def _newcomers(history: History, recent: Iterable[Commit]) -> int:
    known = {commit.author for commit in history.work if commit.at <= history.now - YEAR_DAYS * DAY}
    return len({commit.author for commit in recent} - known)


def _departures(before: Iterable[Commit], recent: Iterable[Commit]) -> tuple[Author, ...]:
    stayed = {commit.author for commit in recent}
    return tuple(author for author in _authors(before) if author.id not in stayed and _regular(author))


def _regular(author: Author) -> bool:
    return author.commits >= REGULAR_COMMITS and author.share >= REGULAR_SHARE


def _retention(before: Iterable[Commit], recent: Iterable[Commit]) -> float:
    stayed = {commit.author for commit in recent}
    kept = [commit.author in stayed for commit in before]
    return sum(kept) / len(kept)
