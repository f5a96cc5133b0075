"""Issues and pull requests of a repository, as they were last changed.

Lists are read from the newest change back: whatever changes meanwhile comes to the front, so nothing slips from one
page to another unseen. The first look reads back for a year, or as far as may be read; later ones to the newest change
that was seen. Where more has changed than may be read, the rest is read on from there in order of time
(``catching_up``): the cursor is never ahead of what was read, and the next look goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from agents.contract import CoverageState
from agents.sources.collected import Collected
from agents.sources.git.moments import iso
from agents.sources.github.catching_up import catch_up
from agents.sources.github.changes import SOURCE, changed_since, newest, times
from agents.sources.github.fields import count, when
from agents.sources.github.items import issue
from agents.sources.github.repo import Listed, Repo
from agents.sources.http.errors import GoneError
from agents.sources.look import counted, sentence

OPTION = "max_issues"
WINDOW = timedelta(days=365)
OVERLAP = timedelta(minutes=1)
"""How far a look reads beyond what is known: GitHub's own copies do not learn of all changes in their order."""
_OFF = 410
"""GitHub's answer about issues where a repository has none of them switched on."""


@dataclass(frozen=True, slots=True)
class _Span:
    """What one look read, and which changes are known after it."""

    listed: Listed
    begin: datetime
    """From when on all changes were seen."""
    end: datetime
    """Up to when all were: where the next look goes on."""
    lacks: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


def read_issues(repo: Repo) -> Collected:
    """Return the issues and pull requests that changed since the last look. Raises as ``Http.get`` does."""
    held = repo.look.cursor(SOURCE)
    begin, end = when(held, "begin"), when(held, "end")
    try:
        span = _forward(repo, begin, end) if begin and end and not _deeper(repo, held, begin) else _back(repo)
    except GoneError as error:
        if error.status != _OFF:
            raise
        detail = "issues are switched off there, and pull requests cannot be read without them"
        coverage = repo.look.coverage(SOURCE, CoverageState.PARTIAL, detail=detail)
        # Pull requests are not gone with them. What comes once they are on again is read from its beginning.
        return Collected(source=SOURCE, coverage=(coverage,), cursor={"off": True}, replaces=("issue",))
    return _collected(repo, span)


def _deeper(repo: Repo, held: Mapping[str, JsonValue], begin: datetime) -> bool:
    """Whether more may be read now than when the limit cut the year short."""
    return begin > repo.look.now - WINDOW and repo.most(OPTION) > (count(held, "most") or 0)


def _back(repo: Repo) -> _Span:
    """Read from the newest change back. Where nothing was ever known, that is the whole truth."""
    window = repo.look.now - WINDOW
    listed, latest = _down_to(repo, window)
    begin = max(min(times(listed), default=window), window) if listed.more else window
    known = bool(repo.look.cursor(SOURCE))
    return _Span(listed, begin, max(latest or window, window), replaces=() if known else ("issue", "pull"))


def _forward(repo: Repo, begin: datetime, end: datetime) -> _Span:
    """Read what has changed since the newest change that was seen."""
    listed, latest = _down_to(repo, end - OVERLAP)
    if not listed.more:
        return _Span(listed, begin, max(end, latest or end))
    rest = catch_up(repo, end, most=repo.most(OPTION))
    lacks = () if rest.whole else (rest.lack,)
    return _Span(listed.then(rest.listed), begin, rest.end, lacks)


def _down_to(repo: Repo, since: datetime) -> tuple[Listed, datetime | None]:
    """Return what has changed since a time, as far as may be read, and the newest change of all.

    That one stands on the first page: what a later page tells may be newer than something that came after the first.
    """
    listed, latest = Listed(), None
    for page in repo.pages("issues", changed_since(since, direction="desc"), most=repo.most(OPTION)):
        part = repo.read(page, by=issue, source=SOURCE)
        latest = latest or newest(part, page, now=repo.look.now)
        listed = listed.then(part)
    return listed, latest


def _collected(repo: Repo, span: _Span) -> Collected:
    """Return what was read, and which changes are known now."""
    listed = span.listed
    cut = span.begin > repo.look.now - WINDOW
    put_aside = f"{counted(len(listed.strays), 'item')} could not be read and were put aside" if listed.strays else ""
    lacks = [*span.lacks, *filter(None, [repo.remedy(OPTION) if cut else "", put_aside])]
    whole = CoverageState.COMPLETE if listed.found or not span.replaces else CoverageState.ZERO
    coverage = repo.look.coverage(
        SOURCE,
        CoverageState.PARTIAL if lacks else whole,
        items=len(listed.found),
        detail=sentence(f"changed since {span.begin:%Y-%m-%d}", *lacks),
    )
    return Collected(
        source=SOURCE,
        coverage=(coverage,),
        evidence=listed.found,
        quarantined=listed.strays,
        cursor={"begin": iso(span.begin), "end": iso(span.end), "most": repo.most(OPTION)},
        replaces=span.replaces,
    )
