"""Commits of a repository's default branch: at the first look the newest, after that those of the time since.

GitHub lists them by the time at which they were committed, newest first. A branch that is merged brings commits which
are older than that, so each look reaches back a week further than the last one's newest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Evidence
from agents.sources.collected import Collected
from agents.sources.git.moments import believable, iso
from agents.sources.github.fields import count, text, when
from agents.sources.github.items import SOURCE, commit
from agents.sources.github.repo import Listed, Repo
from agents.sources.http.errors import RefusedError
from agents.sources.look import counted, sentence

OPTION = "max_commits"
OVERLAP = timedelta(days=7)
_EMPTY = 409
"""GitHub's answer about a repository without any commit."""
_LAST = 5
"""Of so many last commits of a list the newest time tells how far it reaches: one wrong clock tells nothing."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known after a look."""

    newest: Mapping[str, JsonValue]
    """The cursor's name and time of the newest commit; empty where none has a time that can be."""
    cut: bool
    """Whether there is more before what was read."""
    oldest: datetime | None
    """From when on all commits were read, where there is more before."""


def read_commits(repo: Repo) -> Collected:
    """Return the commits since the last look; all that may be read where there was none, or history was rewritten.

    The cursor holds the newest commit and its time. Raises as ``Http.get`` does.
    """
    try:
        return _read(repo, repo.look.cursor(SOURCE))
    except RefusedError as error:
        if error.status != _EMPTY:
            raise
        coverage = repo.look.coverage(SOURCE, CoverageState.ZERO, detail="the repository has no commits yet")
        # What was known is gone with its cursor: whatever is pushed there next is read from its beginning.
        return Collected(source=SOURCE, coverage=(coverage,), cursor={}, replaces=("commit",))


def _read(repo: Repo, held: Mapping[str, JsonValue]) -> Collected:
    """Return what is new, or all that may be read."""
    at = when(held, "at")
    if at is None or not _goes_on(repo, held):
        return _afresh(repo, _listed(repo, {}))
    since = _listed(repo, {"since": (at - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")})
    if since.more:
        # A gap would be left before it. It is what a list without a time would have given: the newest that may be read.
        return _afresh(repo, since)
    newest = text(held, "newest")
    if all(one.key != newest for one in since.found):
        # The newest commit of the last look is there no more: history was rewritten.
        return _afresh(repo, _listed(repo, {}))
    known = _Known(_newest(repo, since) or held, cut=held.get("more") is True, oldest=when(held, "oldest"))
    return _collected(repo, since, known, replaces=())


def _goes_on(repo: Repo, held: Mapping[str, JsonValue]) -> bool:
    """Whether a look goes on where the last one ended: in the same branch, and where it need not read further back."""
    deeper = held.get("more") is True and repo.most(OPTION) > (count(held, "most") or 0)
    return text(held, "branch") == repo.branch and not deeper


def _listed(repo: Repo, params: Mapping[str, str]) -> Listed:
    """Return commits, the newest first, as many as may be read."""
    return repo.listed("commits", params, option=OPTION, by=commit, source=SOURCE)


def _afresh(repo: Repo, listed: Listed) -> Collected:
    """Return commits that are the whole truth: nothing is known but them."""
    times = [one.at for one in listed.found if one.at is not None]
    known = _Known(
        _newest(repo, listed) or {}, cut=listed.more, oldest=max(times[-_LAST:], default=None) if listed.more else None
    )
    return _collected(repo, listed, known, replaces=("commit",))


def _newest(repo: Repo, listed: Listed) -> Mapping[str, JsonValue] | None:
    """Return the commit that was committed last, by clocks that can be right."""
    times = ((when(one.data, "committed_at"), one.key) for one in listed.found)
    known = [(at, key) for at, key in times if at is not None and believable(at, now=repo.look.now)]
    at, key = max(known, default=(None, ""))
    return {"newest": key, "at": iso(at)} if at else None


def _collected(repo: Repo, listed: Listed, known: _Known, *, replaces: tuple[str, ...]) -> Collected:
    """Return what was read, and how far that reaches."""
    anchor = known.newest.get("newest")
    cursor: dict[str, JsonValue] = {
        "newest": anchor,
        "at": known.newest.get("at"),
        "oldest": iso(known.oldest),
        "more": known.cut,
        "most": repo.most(OPTION),
        "branch": repo.branch,
    }
    return Collected(
        source=SOURCE,
        coverage=(_coverage(repo, listed.found, known, strays=len(listed.strays)),),
        evidence=listed.found,
        quarantined=listed.strays,
        cursor=cursor if anchor else {},
        replaces=replaces,
    )


def _coverage(repo: Repo, read: tuple[Evidence, ...], known: _Known, *, strays: int) -> Coverage:
    """Return how much of the history was seen, and since when."""
    lacks = []
    if known.cut:
        since = f" since {known.oldest:%Y-%m-%d}" if known.oldest else ""
        lacks.append(f"the newest commits{since}; {repo.remedy(OPTION)}")
    if strays:
        lacks.append(f"{counted(strays, 'commit')} could not be read and were put aside")
    whole = CoverageState.COMPLETE if read else CoverageState.ZERO
    state = CoverageState.PARTIAL if lacks else whole
    return repo.look.coverage(SOURCE, state, items=len(read), detail=sentence(*lacks))
