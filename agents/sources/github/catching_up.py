"""Reading changes on from a time, in their order, where there are more of them than may be read at once.

GitHub numbers its pages: an issue that changes while they are read goes from an early page to the last one, and what
stood behind it slips to a page that was read already. So each page is asked for anew from the last one's newest change
on. Only where more changed within a second than a page holds are its further pages read, until two readings agree.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.sources.github.changes import SOURCE, changed_since, newest
from agents.sources.github.fields import when
from agents.sources.github.items import issue
from agents.sources.github.repo import PAGE, Listed, Repo

_SECOND = timedelta(seconds=1)
"""How finely GitHub tells times apart."""
_MOST_OF_A_SECOND = 30
"""Pages that are read of what changed within one second, in one reading of it."""
_READINGS = 5


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What was read on, and how far that reaches."""

    listed: Listed
    end: datetime
    """Up to when all changes were seen."""
    whole: bool
    """Whether these are all that there are."""
    lack: str = ""


def catch_up(repo: Repo, end: datetime, *, most: int) -> CaughtUp:
    """Return the changes since a time up to which all were seen, of at most so many pages.

    Raises as ``Http.get`` does.
    """
    listed = Listed()
    for _ in range(most):
        page = repo.page("issues", {**changed_since(end - _SECOND, direction="asc"), "per_page": str(PAGE)})
        part = repo.read(page, by=issue, source=SOURCE)
        listed = listed.then(part)
        latest = newest(part, page, now=repo.look.now) or end
        if not part.more:
            return CaughtUp(listed, max(end, latest), whole=True)
        if latest > end:
            end = latest
            continue
        second = _second(repo, end)
        listed = listed.then(second.listed)
        if not second.whole:
            return CaughtUp(listed, second.end, whole=False, lack=second.lack)
        end = second.end
    said = f"changes up to {end:%Y-%m-%d %H:%M} so far: the next look goes on"
    return CaughtUp(listed, end, whole=False, lack=said)


def _second(repo: Repo, at: datetime) -> CaughtUp:
    """Return all that was changed last within one second, where that is more than a page holds.

    Two readings that agree had nothing slip away: what changes again leaves the second, and never comes back to it.
    Where they never agree, or have no end, the second is passed by, and the lack says so.
    """
    listed, before, passed = Listed(), None, False
    for _ in range(_READINGS):
        part, passed = _reading(repo, at)
        listed = listed.then(part)
        those = {item.id for item in part.found if (when(item.data, "updated_at") or at) <= at}
        if passed and those == before:
            return CaughtUp(listed, at + _SECOND, whole=True)
        before = those
        if not passed:
            break
    many = f"more changed at {at:%Y-%m-%d %H:%M:%S} than could be read, and not all of it was"
    return CaughtUp(listed, at + _SECOND, whole=False, lack=many)


def _reading(repo: Repo, at: datetime) -> tuple[Listed, bool]:
    """Return the changes up to a second, and whether they were read to its end."""
    listed = Listed()
    for page in repo.pages("issues", changed_since(at - _SECOND, direction="asc"), most=_MOST_OF_A_SECOND):
        part = repo.read(page, by=issue, source=SOURCE)
        listed = listed.then(part)
        latest = newest(part, page, now=repo.look.now)
        if not part.more or (latest is not None and latest > at):
            return listed, True
    return listed, False
