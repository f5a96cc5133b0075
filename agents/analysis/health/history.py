"""A repository's history as values: commits, tags and change notes, cut off at a stated moment."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from agents.analysis.health.bots import is_bot
from agents.contract import Evidence, utc

DAY = timedelta(days=1)
YEAR_DAYS = 365
COMMITS, TAGS, NOTES, RELEASES = "commit", "tag", "change_note", "release"
KINDS = (COMMITS, TAGS, NOTES, RELEASES)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; ``author`` is an opaque id, ``name`` and ``subject`` are a stranger's text."""

    sha: str
    at: datetime
    author: str
    name: str
    subject: str
    merge: bool = False
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag; ``commit`` is the hash that it points at, empty where that was not said."""

    name: str
    at: datetime | None
    commit: str = ""
    pre: bool = False
    """Whether its forge calls it a pre-release, whatever its number says."""


@dataclass(frozen=True, slots=True)
class Note:
    """The change note of one version; ``id`` is its evidence's id."""

    id: str
    version: str
    file: str
    at: datetime | None
    text: str
    unreleased: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What was seen of a repository, each list in order of time, up to ``now`` (see ``read``)."""

    now: datetime
    whole: bool
    """False where the history begins before what was seen, as in a shallow clone."""
    since: datetime | None = field(default=None, kw_only=True)
    """From when on everything was seen of a history that is not whole; None where only the first commit tells."""
    commits: tuple[Commit, ...] = ()
    tags: tuple[Tag, ...] = ()
    notes: tuple[Note, ...] = ()
    ahead: int = 0
    """Commits and tags dated after ``now``, or undated: left out of every measure."""
    work: tuple[Commit, ...] = field(init=False)
    """People's own commits: neither merges nor bots' commits, which would count one change twice."""

    def __post_init__(self) -> None:
        own = tuple(commit for commit in self.commits if not (commit.merge or commit.bot))
        object.__setattr__(self, "work", own)

    @property
    def begin(self) -> datetime | None:
        """Time of the first commit seen."""
        return self.commits[0].at if self.commits else None

    @property
    def seen_from(self) -> datetime | None:
        """From when on it is known what was committed and what was not; None where nothing was seen."""
        told = None if self.whole else self.since
        known = [moment for moment in (told, self.begin) if moment is not None]
        return min(known, default=None)

    @property
    def looked(self) -> bool:
        """Whether anything is known of the commits: there are some, or it is known since when there are none."""
        return bool(self.commits) or (self.seen_from is not None and self.seen_from < self.now)

    def reaches(self, days: float) -> bool:
        """Whether what was seen says everything of the last ``days`` days; a whole history always does."""
        return self.whole or (self.seen_from is not None and self.seen_from <= self.now - days * DAY)

    def older_than(self, days: float) -> bool:
        """Whether the first commit seen is at least ``days`` days old."""
        return self.begin is not None and self.begin <= self.now - days * DAY

    def between(self, oldest: float, newest: float = 0) -> Iterator[Commit]:
        """Yield people's commits made more recently than ``oldest`` and at least ``newest`` days ago."""
        return iter(self.work[self.until(self.now - oldest * DAY) : self.until(self.now - newest * DAY)])

    def until(self, moment: datetime) -> int:
        """Return how many of people's commits were made up to a moment."""
        return bisect_right(self.work, moment, key=_time)


def _time(commit: Commit) -> datetime:
    return commit.at


def read(evidence: Iterable[Evidence], *, now: datetime, whole: bool, since: datetime | None = None) -> History:
    """Return the history that the evidence tells, ignoring what is dated after ``now``.

    Lenient: a missing field takes its empty value, and a commit without a time is counted in ``ahead``. Commits, tags
    and notes with the same key are taken once. A release is a tag as well, unless it is a draft.
    """
    by_kind: dict[str, dict[str, Evidence]] = {kind: {} for kind in KINDS}
    for item in evidence:
        by_kind.setdefault(item.kind, {})[item.key] = item
    seen = [commit for item in by_kind[COMMITS].values() if (commit := _commit(item)) is not None]
    seen.sort(key=lambda commit: (commit.at, commit.sha))
    commits = _one_id_each(commit for commit in seen if commit.at <= now)
    times = {commit.sha: commit.at for commit in seen}
    tags = _tags(by_kind[TAGS], releases=by_kind[RELEASES], times=times)
    past = tuple(sorted((t for t in tags if t.at is not None and t.at <= now), key=lambda tag: (tag.at, tag.name)))
    return History(
        now=now,
        whole=whole,
        since=since,
        commits=commits,
        tags=past,
        notes=tuple(_note(item) for item in by_kind[NOTES].values() if item.at is None or item.at <= now),
        ahead=len(by_kind[COMMITS]) - len(commits) + len(tags) - len(past),
    )


def _one_id_each(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Return the commits with one author id for each person: the first that the person was seen with.

    Two ids with the same name of at least two words are taken for one person who changed address; otherwise moving to
    another employer would look like leaving.
    """
    known: dict[str, str] = {}
    told = []
    for commit in commits:
        name = f"name:{' '.join(commit.name.casefold().split())}" if " " in commit.name.strip() else commit.author
        author = known.get(commit.author) or known.get(name) or commit.author
        known.setdefault(commit.author, author)
        known.setdefault(name, author)
        told.append(commit if author == commit.author else replace(commit, author=author))
    return tuple(told)


def _text(data: Mapping[str, JsonValue], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _commit(item: Evidence) -> Commit | None:
    if item.at is None:
        return None
    name = _text(item.data, "author_name") or _text(item.data, "author")
    author = _text(item.data, "author_id") or _text(item.data, "author") or name or "unknown"
    merge = item.data.get("is_merge") is True
    bot = is_bot(name=name, author=author)
    return Commit(sha=item.key, at=utc(item.at), author=author, name=name, subject=item.title, merge=merge, bot=bot)


def _tags(
    tagged: Mapping[str, Evidence], *, releases: Mapping[str, Evidence], times: Mapping[str, datetime]
) -> list[Tag]:
    """Return the tags, and a tag for each release that is out: a forge names them without their tags at times."""
    out = {key: item for key, item in releases.items() if item.data.get("draft") is not True}
    pre = {key for key, item in out.items() if item.data.get("prerelease") is True}
    return [_tag(item, times, pre=key in pre) for key, item in {**out, **tagged}.items()]


def _tag(item: Evidence, times: Mapping[str, datetime], *, pre: bool) -> Tag:
    commit = _text(item.data, "commit")
    return Tag(name=item.key, at=utc(item.at) if item.at else times.get(commit), commit=commit, pre=pre)


def _note(item: Evidence) -> Note:
    file, _, version = item.key.rpartition("#")
    return Note(
        id=item.id,
        version=_text(item.data, "version") or version or item.title,
        file=_text(item.data, "file") or file,
        at=utc(item.at) if item.at else None,
        text=_text(item.data, "text"),
        unreleased=item.data.get("unreleased") is True,
    )
