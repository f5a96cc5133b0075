"""Commits as git prints them, one record each, and what becomes of a record."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from agents.contract import Evidence, Untrusted
from agents.sources.git.authors import NAME_LIMIT, author_id, co_authors
from agents.sources.git.command import Git
from agents.sources.git.fields import fields, records
from agents.sources.git.moments import believable, iso, moment
from agents.sources.text import clean_line

SUBJECT_LIMIT = 500

_FORMAT = "%H%x00%P%x00%at%x00%ct%x00%aN%x00%aE%x00%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x1f)%x00%s"
_WIDTH = 8
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORTSTAT = re.compile(rb"(\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?")

Record = tuple[str, ...]
"""Hash, parents, author's and committer's time, name, address, co-authors, subject: all text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much a commit changed."""

    files: int
    insertions: int
    deletions: int


def log(git: Git, *selection: str) -> Iterator[Record]:
    """Yield a record for each commit of the selection, newest first; raises what ``Git.stream`` raises."""
    return records(git.stream("log", "-z", "--encoding=UTF-8", f"--format={_FORMAT}", *selection, "--"), width=_WIDTH)


def sizes(git: Git, *selection: str) -> Iterator[tuple[str, Size]]:
    """Yield hash and size of each commit of the selection; merges have none. It compares contents, so it is slow."""
    compare = ("--shortstat", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-merges", "--ignore-submodules")
    for field in fields(git.stream("log", "--format=%x00%H", *compare, *selection, "--")):
        commit, _, stat = field.partition(b"\n")
        if commit:
            yield commit.decode("ascii", "replace"), _size(stat)


def is_commit(record: Record) -> bool:
    """Say whether the record is whole: its first field is a hash."""
    return _HASH.fullmatch(record[0]) is not None


def evidence(record: Record, *, target: str, now: datetime, size: Size | None) -> Evidence:
    """Return the commit as evidence: key is its hash; ``at`` the committer's time, else the author's, else none."""
    commit, parents, _, _, name, email, trailers, subject = record
    authored, committed = moment(record[2]), moment(record[3])
    times = [when for when in (committed, authored) if believable(when, now=now)]
    title = clean_line(subject, limit=SUBJECT_LIMIT)
    data: dict[str, JsonValue] = {
        "hash": commit,
        "author_id": author_id(name, email),
        "author": clean_line(name, limit=NAME_LIMIT),
        "authored_at": iso(authored),
        "committed_at": iso(committed),
        "subject": title,
        "is_merge": len(parents.split()) > 1,
        "co_authors": co_authors(trailers),
        **_size_data(size),
    }
    if committed is None or not believable(committed, now=now):
        data["dirt"] = [f"commit date {clean_line(record[3], limit=40)!r} cannot be"]
    return Evidence(
        target=target,
        source="git",
        kind="commit",
        key=commit,
        at=times[0] if times else None,
        title=Untrusted(title),
        data=data,
    )


def _size(stat: bytes) -> Size:
    match = _SHORTSTAT.search(stat)
    files, insertions, deletions = match.groups() if match else (None, None, None)
    return Size(files=int(files or 0), insertions=int(insertions or 0), deletions=int(deletions or 0))


def _size_data(size: Size | None) -> dict[str, JsonValue]:
    if size is None:
        return {"files": None, "insertions": None, "deletions": None}
    return {"files": size.files, "insertions": size.insertions, "deletions": size.deletions}
